import type { PanelText } from './panel.js';

const requests = 'inferway_http_requests_total{namespace=~"$namespace"}';

/** What callers feel, and why. */
export const serving: PanelText[] = [
  {
    title: 'Requests',
    description: 'Answered, by route.',
    unit: 'reqps',
    queries: [{ expr: `sum by (route) (rate(${requests}[$__rate_interval]))`, legend: '{{route}}' }],
  },
  {
    title: 'Errors and refusals',
    description:
      'Share of all requests: 500 is a fault, 503 a refusal, 408 a missed deadline, 429 and 402 limits.',
    unit: 'percentunit',
    queries: [
      {
        expr: `sum by (status) (rate(inferway_http_requests_total{namespace=~"$namespace", status=~"5..|408|429|402"}[$__rate_interval])) / on () group_left () sum(rate(${requests}[$__rate_interval]))`,
        legend: '{{status}}',
      },
    ],
    limit: 0.05,
  },
  {
    title: 'Latency, 95th percentile',
    description: 'From the first byte of the request to the last of the reply.',
    unit: 's',
    queries: [
      {
        expr: 'histogram_quantile(0.95, sum by (route, le) (rate(inferway_http_request_duration_seconds_bucket{namespace=~"$namespace"}[$__rate_interval])))',
        legend: '{{route}}',
        exemplars: true,
      },
    ],
  },
  {
    title: 'Backlog',
    description:
      'Predicted engine time that waits, by task. Every gateway tells the same of the whole cluster.',
    unit: 's',
    queries: [
      {
        expr: 'max by (namespace, task) (inferway_queue_backlog_seconds{namespace=~"$namespace"})',
        legend: '{{task}}',
      },
    ],
  },
  {
    title: 'Jobs that wait',
    description: 'How many, by task.',
    unit: 'short',
    queries: [
      { expr: 'max by (namespace, task) (inferway_queue_jobs{namespace=~"$namespace"})', legend: '{{task}}' },
    ],
  },
  {
    title: 'Wait for a worker, 95th percentile',
    description: 'From submission until a worker takes the job. Bulk work waits by design.',
    unit: 's',
    queries: [
      {
        expr: 'histogram_quantile(0.95, sum by (task, le) (rate(inferway_queue_wait_seconds_bucket{namespace=~"$namespace"}[$__rate_interval])))',
        legend: '{{task}}',
        exemplars: true,
      },
    ],
    limit: 2,
  },
  {
    title: 'Items',
    description: 'By outcome: ok or an error code.',
    unit: 'ops',
    queries: [
      {
        expr: 'sum by (task, outcome) (rate(inferway_items_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: '{{task}} {{outcome}}',
      },
    ],
  },
  {
    title: 'Billed units',
    description: 'A second, by task and unit.',
    unit: 'short',
    queries: [
      {
        expr: 'sum by (task, unit) (rate(inferway_units_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: '{{task}}, {{unit}}',
      },
    ],
  },
  {
    title: 'Usage rows that wait to be written',
    description: 'No answer leaves before its usage is durable; 10,000 rows are the bound of a process.',
    unit: 'short',
    queries: [
      {
        expr: 'max by (pod) (inferway_usage_log_pending_rows{namespace=~"$namespace"})',
        legend: '{{pod}}',
      },
    ],
    limit: 10_000,
  },
  {
    title: 'Refused by limits of tenants',
    description: 'Rate, concurrency, quota or budget; and requests whose limits could not be checked.',
    unit: 'reqps',
    queries: [
      {
        expr: 'sum by (limit) (rate(inferway_limit_refusals_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: '{{limit}}',
      },
      {
        expr: 'sum by (outcome) (rate(inferway_limit_outages_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: 'unchecked, {{outcome}}',
      },
    ],
  },
  {
    title: 'Inputs of jobs',
    description: 'That got their result.',
    unit: 'ops',
    queries: [
      {
        expr: 'sum by (task, outcome) (rate(inferway_job_inputs_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: '{{task}} {{outcome}}',
      },
    ],
  },
  {
    title: 'Webhooks and subscriptions',
    description: 'Attempts to deliver, by what became of them; subscriptions that are open.',
    unit: 'short',
    queries: [
      {
        expr: 'sum by (outcome) (rate(inferway_webhook_attempts_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: 'webhooks {{outcome}}',
      },
      { expr: 'sum(inferway_subscriptions{namespace=~"$namespace"})', legend: 'subscriptions' },
    ],
  },
];
