import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { provenance } from '../provenance.js';
import { textTable } from '../report.js';
import { readChartScaling } from './chart-scaling.js';
import { day } from './day-traffic.js';
import { extrapolate } from './extrapolate.js';
import { readCurves } from './service-curve.js';
import { allowedMisses, settingsAround } from './settings.js';
import { simulateDay } from './simulate-day.js';
import { errorOf, isWithin, validate } from './validate.js';

/**
 * `npm run bench:simulate -- [--hours 24] [--seed 1] [--start-s 30] [--objective-ms 1000] [--only REGEX] [--out FILE.json]`:
 * a day under several settings of the chart. `--extrapolate`: what more workers ask of Redis and gateways.
 * `--validate`: the simulator beside timed engines; ends with 1 where it is further off than a tenth. docs/scaling.md.
 */
const { values } = parseArgs({
  options: {
    validate: { type: 'boolean', default: false },
    extrapolate: { type: 'boolean', default: false },
    hours: { type: 'string', default: String(day.hours) },
    seed: { type: 'string', default: String(day.seed) },
    'start-s': { type: 'string', default: '30' },
    'objective-ms': { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});

const run = values.validate ? validateTimed : values.extrapolate ? extrapolateAll : compareSettings;
const figures = await run();
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ ...provenance(), ...figures }, null, 2)}\n`);

async function validateTimed() {
  const { calibration, comparisons } = await validate();
  const { serviceMs, wayMs, again } = calibration;
  process.stdout.write(
    `one job ${serviceMs.toFixed(1)} ms, its way ${wayMs.toFixed(1)} ms; ` +
      `${(100 * again).toFixed(0)} % of jobs to the worker that had the one before the last\n`,
  );
  show(
    ['load', 'real /s', 'simulated /s', 'real p95', 'simulated p95', 'off by', 'real again'],
    comparisons.map((each) => [
      each.load,
      each.real.perSecond.toFixed(1),
      each.simulated.perSecond.toFixed(1),
      each.real.p95Ms.toFixed(0),
      each.simulated.p95Ms.toFixed(0),
      `${(100 * errorOf(each)).toFixed(1)} %`,
      `${(100 * each.again).toFixed(0)} %`,
    ]),
  );
  if (!comparisons.every(isWithin)) process.exitCode = 1;
  return { calibration, comparisons };
}

function extrapolateAll() {
  const chart = readChartScaling();
  const { curves } = readCurves();
  const rows = [1, 16].flatMap((items) =>
    [10, 100, 1_000].map((workers) => ({
      items,
      ...extrapolate(workers, chart.enginesPerPod, curves, day.mix, items),
    })),
  );
  show(
    ['workers', 'items a job', 'jobs /s', 'gateway cores', 'Redis servers'],
    rows.map((each) => [
      String(each.workers),
      String(each.items),
      each.requestsPerSecond.toFixed(0),
      each.gatewayCores.toFixed(1),
      String(each.redisServers),
    ]),
  );
  return { rows };
}

function compareSettings() {
  const chart = readChartScaling();
  const { curves, commit, machine, date } = readCurves();
  process.stderr.write(`curves of ${machine}, commit ${commit}, ${date}\n`);
  const traffic = { ...day, hours: Number(values.hours), seed: Number(values.seed) };
  const [podStartMs, objectiveMs] = [1_000 * Number(values['start-s']), Number(values['objective-ms'])];
  const settings = settingsAround(chart.defaults).filter(({ name }) => new RegExp(values.only).test(name));
  const rows = settings.map(({ name, scaling }) => {
    const result = simulateDay({ traffic, chart, scaling, curves, podStartMs, objectiveMs });
    process.stderr.write(`  ${name}\n`);
    return { name, scaling, ...result };
  });
  show(
    ['setting', 'missed', 'p50 ms', 'p95 ms', 'p99 ms', 'pod-hours', 'utilisation', 'most pods', 'changes'],
    rows.map((row) => [
      row.name,
      `${(100 * row.missedShare).toFixed(3)} %`,
      row.p50Ms.toFixed(0),
      row.p95Ms.toFixed(0),
      row.p99Ms.toFixed(0),
      row.podHours.toFixed(1),
      row.utilisation.toFixed(2),
      String(row.mostPods),
      String(row.changes),
    ]),
  );
  const [cheapest] = rows
    .filter(({ missedShare }) => missedShare <= allowedMisses)
    .toSorted((a, b) => a.podHours - b.podHours);
  process.stdout.write(
    cheapest === undefined
      ? `none keeps misses below ${100 * allowedMisses} %\n`
      : `cheapest with at most ${100 * allowedMisses} % missed: ${cheapest.name}\n`,
  );
  return { traffic, podStartMs, objectiveMs, rows };
}

function show(head: readonly string[], rows: readonly (readonly string[])[]): void {
  process.stdout.write(`${textTable([head, ...rows])}\n`);
}
