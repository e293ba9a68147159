import { workloads } from '../../workloads.js';
import type { Profile } from '../profile.js';
import type { Step } from '../step.js';
import { shareOfDue } from '../summarise-step.js';
import type { Chart, Series } from './line-chart.js';

/** A chart with what to see in it, and the figures behind it. */
export interface Section {
  title: string;
  reading: string;
  y: Chart['y'];
  series: readonly Series[];
  /** Digits behind the point of each figure in the table. */
  digits: number;
  /** Further columns of the table. */
  more?: readonly Series[];
}

const percentiles = ['p50Ms', 'p95Ms', 'p99Ms'] as const;

/** What the page shows, in this order; a chart of what could not be measured is left out. */
export function sections(steps: readonly Step[], profile: Profile): Section[] {
  return [
    latency(steps, profile),
    throughput(steps),
    ...batches(steps),
    ...cpu(steps),
    fairness(steps, profile),
  ]
    .concat(errors(steps), tasks(steps, profile))
    .filter(({ series }) => series.some(({ values }) => values.some((value) => value !== undefined)));
}

function latency(steps: readonly Step[], { target }: Profile): Section {
  return {
    title: 'Latency',
    reading:
      'From the moment a request was due until its answer, refusals left out. Where the lines leave the floor, work has begun to wait.',
    y: { label: 'milliseconds', scale: 'log' },
    series: [
      ...percentiles.map((key) => series(key.replace('Ms', ''), steps, (step) => step[key])),
      { ...series('target of p95', steps, () => target.p95Ms), isReference: true },
    ],
    digits: 1,
    more: [series('client late, p99', steps, ({ clientLateP99Ms }) => clientLateP99Ms)],
  };
}

function throughput(steps: readonly Step[]): Section {
  return {
    title: 'Achieved over offered',
    reading:
      'Answers a second. They follow the dotted line while the server keeps up, and leave it at saturation.',
    y: { label: 'answers a second', scale: 'log' },
    series: [
      series('achieved', steps, ({ achievedPerSecond }) => achievedPerSecond),
      { ...series('offered', steps, ({ offeredPerSecond }) => offeredPerSecond), isReference: true },
    ],
    digits: 1,
  };
}

function batches(steps: readonly Step[]): Section[] {
  const models = workloads
    .map(({ model }) => model)
    .filter((model) => steps.some((step) => step.batches?.[model]));
  return [
    {
      title: 'Rows in a batch',
      reading:
        'Mean of the runs of each model. Batches grow while engines are busy: that is where throughput comes from.',
      y: { label: 'rows', scale: 'linear', atLeast: 2 },
      series: models.map((model) => series(model, steps, ({ batches }) => batches?.[model]?.meanBatch)),
      digits: 1,
    },
  ];
}

function cpu(steps: readonly Step[]): Section[] {
  return [
    {
      title: 'CPU efficiency',
      reading:
        'CPU of the same answers in the bare loops of their models, at their best batch, over what all our processes spent. 1 would mean that serving is free.',
      y: { label: 'efficiency', scale: 'linear', atLeast: 1 },
      series: [series('efficiency', steps, (step) => step.cpu?.efficiency)],
      digits: 2,
      more: [
        series('CPU ms an answer', steps, (step) => step.cpu?.msPerAnswer),
        series('cores', steps, (step) => step.cpu?.cores),
        series('cores of others', steps, (step) => step.cpu?.coresOfOthers),
      ],
    },
  ];
}

function fairness(steps: readonly Step[], { tenants }: Profile): Section {
  return {
    title: 'Fairness between tenants',
    reading:
      'What each tenant got of what it was due: its demand while that is below its weighted share, else that share of all answers. 1 for all is fair, whatever the load.',
    y: { label: 'got of due', scale: 'linear', atLeast: 1.2 },
    series: tenants.map(({ name, weight }) =>
      series(`${name} (weight ${weight})`, steps, (step) => {
        const figures = step.tenants[name];
        return figures === undefined ? undefined : shareOfDue(figures);
      }),
    ),
    digits: 2,
    more: [
      series('Jain’s index', steps, ({ fairness: index }) => index),
      ...tenants.map(({ name }) => series(`${name}, p95 ms`, steps, (step) => step.tenants[name]?.p95Ms)),
    ],
  };
}

function errors(steps: readonly Step[]): Section {
  const codes = [...new Set(steps.flatMap((step) => Object.keys(step.errors)))].sort();
  const percentOf = (step: Step, count = 0) => (100 * count) / Math.max(1, step.requests);
  return {
    title: 'Errors by code',
    reading:
      codes.length === 0
        ? 'None at any load.'
        : 'Of a hundred requests, how many got this code instead of an answer.',
    y: { label: 'percent', scale: 'linear', atLeast: 1 },
    series: [
      series('all errors', steps, ({ errorShare }) => 100 * errorShare),
      ...codes.map((code) => series(code, steps, (step) => percentOf(step, step.errors[code]))),
    ],
    digits: 2,
  };
}

function tasks(steps: readonly Step[], { mix }: Profile): Section {
  return {
    title: 'p95 by task',
    reading: 'All tasks share the engines; a fast one beside slow ones waits for its turn.',
    y: { label: 'milliseconds', scale: 'log' },
    series: Object.keys(mix).map((task) => series(task, steps, (step) => step.tasks[task]?.p95Ms)),
    digits: 1,
  };
}

function series(name: string, steps: readonly Step[], value: (step: Step) => number | undefined): Series {
  return { name, values: steps.map(value) };
}
