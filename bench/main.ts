import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadServeConfig } from '#config';
import { ServerProcess } from '#testing';
import { runBareLoops } from './bare/bare-loops.js';
import { batchingGain } from './goals/batching-gain.js';
import { benchTenants, noisyNeighbour, sharesByWeight } from './goals/fairness.js';
import { goalLines, type Goal } from './goals/goal.js';
import { latencyUnderLoad } from './goals/latency-under-load.js';
import { processGoals, saturationGoals } from './goals/of-a-server.js';
import { pythonParity } from './goals/python-parity.js';
import { measureHttp } from './http/measure-http.js';
import { provenance } from './provenance.js';
import { pythonPackages } from './python-packages.js';
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
const concurrencies = [1, 8, 32, 64];
const { models } = loadServeConfig().engines;
const python = pythonPackages('requirements-dev.txt');

const server = await ServerProcess.start();
const unbatched = await ServerProcess.start({ MAX_BATCH_ROWS: '1' });
const tenants = await benchTenants(server);
const results: BenchResult[] = [];
const goals: Goal[] = [];
for (const workload of chosen) {
  process.stderr.write(`  ${workload.task} ...\n`);
  await measureTask(workload);
}
goals.push(...processGoals(server));
await Promise.all([server.stop(), unbatched.stop()]);

process.stdout.write(`${table(results)}\n\n${goalLines(goals)}\n`);
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ ...provenance(), results, goals }, null, 2)}\n`);

/** The bare loop stands directly before the rows that are held against it: the machine changes over the minutes. */
async function measureTask(workload: Workload): Promise<void> {
  const bare = await runBareLoops(models, workload, seconds / 2);
  const http: BenchResult[] = [];
  for (const clients of concurrencies) http.push(await measureHttp(server, workload, clients, seconds));
  const rows = withEfficiency([...bare.results, ...http]);
  results.push(...rows);
  goals.push(
    ...saturationGoals(rows),
    await batchingGain(server, unbatched, workload, seconds),
    await latencyUnderLoad(server, workload, bare.fullBatchMs, seconds),
    await noisyNeighbour(tenants, workload, seconds),
    await sharesByWeight(tenants, workload, seconds),
    await pythonParity(models, python, workload, seconds),
  );
}
