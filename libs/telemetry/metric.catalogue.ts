/** Seconds, from the fastest cached reply to the longest deadline. */
const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const engineBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const rowBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const ratioBuckets = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1];

export interface Metric {
  /** Prometheus name; counters get `_total` from the serializer. */
  readonly name: string;
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly unit: string;
  readonly description: string;
  /** Never a key or a tenant: their number is unbounded, and what one tenant does is no other's business. */
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** Series of a counter that are there from the start: to a rate, one that begins with its first event never rose. */
  readonly known?: readonly Readonly<Record<string, string>>[];
}

/** Every metric of every process: one catalogue, so that dashboards, alerts and docs cannot drift from the code. */
export const metricCatalogue = {
  httpRequests: {
    name: 'inferway_http_requests',
    kind: 'counter',
    unit: '',
    description:
      'Requests answered, by route and status (of a GraphQL reply with errors, that of the worst); without probes, scrapes and pages',
    labels: ['route', 'status'],
  },
  httpDuration: {
    name: 'inferway_http_request_duration_seconds',
    kind: 'histogram',
    unit: 's',
    description: 'From the first byte of the request to the last of the reply',
    labels: ['route'],
    buckets: latencyBuckets,
  },
  queueJobs: {
    name: 'inferway_queue_jobs',
    kind: 'gauge',
    unit: '',
    description: 'Jobs that wait for a worker; every gateway says the same of the whole cluster',
    labels: ['task'],
  },
  queueBacklog: {
    name: 'inferway_queue_backlog_seconds',
    kind: 'gauge',
    unit: 's',
    description:
      'Predicted engine time of the jobs that wait; every gateway says the same of the whole cluster',
    labels: ['task'],
  },
  queueWait: {
    name: 'inferway_queue_wait_seconds',
    kind: 'histogram',
    unit: 's',
    description: 'From submission until a worker takes the job',
    labels: ['task'],
    buckets: latencyBuckets,
  },
  batchWait: {
    name: 'inferway_batch_wait_seconds',
    kind: 'histogram',
    unit: 's',
    description: 'From encoding until an engine takes the row',
    labels: ['model'],
    buckets: latencyBuckets,
  },
  batchRows: {
    name: 'inferway_batch_rows',
    kind: 'histogram',
    unit: '',
    description: 'Rows in one engine run',
    labels: ['model'],
    buckets: rowBuckets,
  },
  batchPadding: {
    name: 'inferway_batch_padding_ratio',
    kind: 'histogram',
    unit: '1',
    description: 'Share of a batch that is padding',
    labels: ['model'],
    buckets: ratioBuckets,
  },
  engineRun: {
    name: 'inferway_engine_run_seconds',
    kind: 'histogram',
    unit: 's',
    description: 'Observed wall time of one engine run',
    labels: ['model'],
    buckets: engineBuckets,
  },
  enginePredicted: {
    name: 'inferway_engine_predicted_seconds',
    kind: 'histogram',
    unit: 's',
    description: 'What the cost model expected of the same run',
    labels: ['model'],
    buckets: engineBuckets,
  },
  engineTokens: {
    name: 'inferway_engine_tokens',
    kind: 'counter',
    unit: '',
    description: 'Real tokens (or pixels of an image model) run, padding excluded',
    labels: ['model'],
  },
  engineHosts: {
    name: 'inferway_engine_hosts',
    kind: 'gauge',
    unit: '',
    description:
      'Engines of this process that are warm and take work: hosts, and connections to servers of remote models',
    labels: [],
  },
  enginesMissing: {
    name: 'inferway_engines_missing',
    kind: 'gauge',
    unit: '',
    description: 'Engines that this process should have and has not: lost ones without a successor yet',
    labels: [],
  },
  engineRestarts: {
    name: 'inferway_engine_restarts',
    kind: 'counter',
    unit: '',
    description:
      'Engines replaced, by reason: crash, hung, away (a server of remote models), or memory, where nothing was lost',
    labels: ['reason'],
    known: [{ reason: 'crash' }, { reason: 'hung' }, { reason: 'away' }, { reason: 'memory' }],
  },
  units: {
    name: 'inferway_units',
    kind: 'counter',
    unit: '',
    description: 'Billed units answered',
    labels: ['task', 'model', 'unit'],
  },
  items: {
    name: 'inferway_items',
    kind: 'counter',
    unit: '',
    description: 'Items answered or failed, by outcome code',
    labels: ['task', 'outcome'],
  },
  jobInputs: {
    name: 'inferway_job_inputs',
    kind: 'counter',
    unit: '',
    description: 'Inputs of jobs that got their result, by outcome: succeeded or failed',
    labels: ['task', 'outcome'],
  },
  subscriptions: {
    name: 'inferway_subscriptions',
    kind: 'gauge',
    unit: '',
    description: 'Subscriptions to jobs that are open',
    labels: [],
  },
  webhookAttempts: {
    name: 'inferway_webhook_attempts',
    kind: 'counter',
    unit: '',
    description: 'Attempts to deliver a webhook, by what the delivery became: delivered, pending or dead',
    labels: ['outcome'],
    known: [{ outcome: 'delivered' }, { outcome: 'pending' }, { outcome: 'dead' }],
  },
  limitRefusals: {
    name: 'inferway_limit_refusals',
    kind: 'counter',
    unit: '',
    description: 'Requests refused by a limit of their tenant: rate, concurrency, quota or budget',
    labels: ['limit'],
    known: [{ limit: 'rate' }, { limit: 'concurrency' }, { limit: 'quota' }, { limit: 'budget' }],
  },
  limitsLow: {
    name: 'inferway_limits_low',
    kind: 'counter',
    unit: '',
    description: 'Quotas and budgets that passed their soft threshold, as this process saw them',
    labels: ['limit'],
    known: [{ limit: 'quota' }, { limit: 'budget' }],
  },
  limitOutages: {
    name: 'inferway_limit_outages',
    kind: 'counter',
    unit: '',
    description: 'Requests whose limits could not be checked, by what became of them: refused or admitted',
    labels: ['outcome'],
    known: [{ outcome: 'refused' }, { outcome: 'admitted' }],
  },
  eventLoopDelay: {
    name: 'inferway_event_loop_delay_p99_seconds',
    kind: 'gauge',
    unit: 's',
    description: '99th percentile of event-loop delay since the previous scrape',
    labels: [],
  },
  usagePending: {
    name: 'inferway_usage_log_pending_rows',
    kind: 'gauge',
    unit: '',
    description: 'Usage rows that are not in the database',
    labels: [],
  },
} as const satisfies Record<string, Metric>;

export type MetricKey = keyof typeof metricCatalogue;

type KeyOfKind<K extends Metric['kind']> = {
  [M in MetricKey]: (typeof metricCatalogue)[M]['kind'] extends K ? M : never;
}[MetricKey];

export type CounterKey = KeyOfKind<'counter'>;
export type HistogramKey = KeyOfKind<'histogram'>;
export type GaugeKey = KeyOfKind<'gauge'>;
/** A gauge of one series. */
export type PlainGaugeKey = {
  [M in GaugeKey]: (typeof metricCatalogue)[M]['labels'] extends readonly [] ? M : never;
}[GaugeKey];

/** The labels of a metric, each given. */
export type Labels<M extends MetricKey> = Record<(typeof metricCatalogue)[M]['labels'][number], string>;
