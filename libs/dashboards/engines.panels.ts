import type { PanelText } from './panel.js';

const by = (labels: string, metric: string) =>
  `sum by (${labels}) (rate(${metric}{namespace=~"$namespace"}[$__rate_interval]))`;
const mean = (labels: string, histogram: string) =>
  `${by(labels, `${histogram}_sum`)} / ${by(labels, `${histogram}_count`)}`;

/** What the models do with the machines. */
export const engines: PanelText[] = [
  {
    title: 'Engines',
    description: 'Warm, and taking work.',
    unit: 'short',
    stat: true,
    queries: [
      {
        expr: 'sum by (inferway_pool) (inferway_engine_hosts{namespace=~"$namespace"})',
        legend: '{{inferway_pool}}',
      },
    ],
  },
  {
    title: 'Busy engines',
    description: 'Part of the time that engines run: above 0.7, pools are scaled up.',
    unit: 'percentunit',
    queries: [
      {
        expr: `${by('inferway_pool', 'inferway_engine_run_seconds_sum')} / sum by (inferway_pool) (inferway_engine_hosts{namespace=~"$namespace"})`,
        legend: '{{inferway_pool}}',
      },
    ],
    limit: 0.7,
  },
  {
    title: 'Engines lost or replaced',
    description: 'Crashed or hung: their rows ran again. Memory: nothing was lost.',
    unit: 'short',
    queries: [
      {
        expr: 'sum by (reason) (increase(inferway_engine_restarts_total{namespace=~"$namespace"}[$__rate_interval]))',
        legend: '{{reason}}',
      },
    ],
  },
  {
    title: 'Rows in a batch',
    description: 'Mean, by model. The gain of batching.',
    unit: 'short',
    queries: [{ expr: mean('model', 'inferway_batch_rows'), legend: '{{model}}' }],
  },
  {
    title: 'Padding',
    description: 'Mean share of a batch that is padding.',
    unit: 'percentunit',
    queries: [{ expr: mean('model', 'inferway_batch_padding_ratio'), legend: '{{model}}' }],
  },
  {
    title: 'Wait for an engine, 95th percentile',
    description: 'From encoding until an engine takes the row.',
    unit: 's',
    queries: [
      {
        expr: `histogram_quantile(0.95, ${by('model, le', 'inferway_batch_wait_seconds_bucket')})`,
        legend: '{{model}}',
      },
    ],
  },
  {
    title: 'Time of a run',
    description: 'Mean, by model.',
    unit: 's',
    queries: [{ expr: mean('model', 'inferway_engine_run_seconds'), legend: '{{model}}' }],
  },
  {
    title: 'Observed against predicted',
    description: 'Backlog, fairness and autoscaling count in predicted seconds; 1 is a perfect prediction.',
    unit: 'short',
    queries: [
      {
        expr: `${by('model', 'inferway_engine_run_seconds_sum')} / ${by('model', 'inferway_engine_predicted_seconds_sum')}`,
        legend: '{{model}}',
      },
    ],
    limit: 3,
  },
  {
    title: 'Tokens and pixels',
    description: 'A second, by model, padding excluded.',
    unit: 'short',
    queries: [{ expr: by('model', 'inferway_engine_tokens_total'), legend: '{{model}}' }],
  },
  {
    title: 'Event loop, 99th percentile of delay',
    description: 'Of every process. Probes, locks and replies wait for it.',
    unit: 's',
    queries: [
      {
        expr: 'max by (pod) (inferway_event_loop_delay_p99_seconds{namespace=~"$namespace"})',
        legend: '{{pod}}',
      },
    ],
    limit: 0.25,
  },
];
