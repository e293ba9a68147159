import { execFile, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { loadServeConfig } from '#config';
import { measureHttp } from './http/measure-http.js';
import { processTree, pssMb } from './http/process-tree.js';
import { ServerProcess } from '#testing';
import { table, withEfficiency } from './report.js';
import type { BenchResult } from './result.js';
import { workloads, type Workload } from './workloads.js';

/** `npm run bench -- [--out FILE.json] [--tasks a,b] [--seconds N]`; method in docs/benchmarks.md. */
const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    tasks: { type: 'string', default: workloads.map(({ task }) => task).join(',') },
    seconds: { type: 'string', default: '5' },
  },
});
const seconds = Number(values.seconds);
const chosen = workloads.filter(({ task }) => values.tasks.split(',').includes(task));
const concurrencies = [1, 8, 32];
const saturating = 32;

const bare: BenchResult[] = [];
for (const workload of chosen) bare.push(...(await runBare(workload)));

const server = await ServerProcess.start();
const http: BenchResult[] = [];
for (const workload of chosen) {
  for (const clients of concurrencies) http.push(await measureHttp(server, workload, clients, seconds));
}
const pss = pssMb(processTree(server.pid));
const eventLoopDelayMs =
  1_000 * Number(/^inferway_event_loop_delay_p99_seconds (\S+)/m.exec(await server.metrics())?.[1]);
await server.stop();

const unbatched = await ServerProcess.start({ MAX_BATCH_ROWS: '1' });
const gain: Record<string, number> = {};
for (const workload of chosen) {
  const one = await measureHttp(unbatched, workload, saturating, seconds);
  const batched = http.find(({ task, concurrency }) => task === workload.task && concurrency === saturating);
  gain[workload.task] = (batched?.itemsPerSecond ?? 0) / one.itemsPerSecond;
}
await unbatched.stop();

const report = {
  commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  node: process.version,
  date: new Date().toISOString(),
  results: withEfficiency([...bare, ...http]),
  batchingGainAt32: gain,
  memoryPssMb: pss,
  startMs: server.startMs,
  eventLoopDelayP99Ms: eventLoopDelayMs,
};
process.stdout.write(`${table(report.results)}\n\n`);
for (const [task, value] of Object.entries(gain))
  process.stdout.write(`gain of batching, ${task}: ${value.toFixed(2)}×\n`);
process.stdout.write(
  `memory of all processes (PSS): ${pss.toFixed(0)} MB; start: ${server.startMs.toFixed(0)} ms\n`,
);
if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);

/** In a process of its own, so that its CPU time is its own. */
async function runBare({ task, model }: Workload): Promise<BenchResult[]> {
  const script = fileURLToPath(new URL('./bare/bare-loop.process.js', import.meta.url));
  const args = [script, loadServeConfig().engines.models, task, model, String(seconds / 2)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1_000_000 });
  return JSON.parse(stdout) as BenchResult[];
}
