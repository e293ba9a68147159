import { writeFileSync } from 'node:fs';
import { loadServeConfig } from '#config';
import { ModelRepository } from '#inference';
import { ServerProcess } from '#testing';
import { runBareLoops } from '../bare/bare-loops.js';
import { measureHttp } from '../http/measure-http.js';
import { provenance } from '../provenance.js';
import { workloads } from '../workloads.js';
import { curvesPath, runMs, type ServiceCurve } from './service-curve.js';

/** `npm run bench:curves`: what runs of every model cost here, for the simulator. */
const seconds = 2;
const clients = 32;
const { models } = loadServeConfig().engines;
const repository = await ModelRepository.open(models);
const server = await ServerProcess.start();
const curves: ServiceCurve[] = [];
for (const workload of workloads) {
  process.stderr.write(`  ${workload.task} ...\n`);
  const { results } = await runBareLoops(models, workload, seconds / 4);
  const maxRows = repository.get(workload.model)?.manifest.batching.maxBatch ?? 1;
  const bare = {
    task: workload.task,
    model: workload.model,
    maxRows,
    runs: results
      .map(({ concurrency, cpuMsPerItem }) => ({ rows: concurrency, ms: round(concurrency * cpuMsPerItem) }))
      .filter(({ rows }) => rows <= maxRows),
    servingMsPerRow: 0,
  };
  const { cpuMsPerItem, meanBatch = 1 } = await measureHttp(server, workload, clients, seconds);
  const rows = Math.max(1, meanBatch);
  curves.push({ ...bare, servingMsPerRow: round(Math.max(0, cpuMsPerItem - runMs(bare, rows) / rows)) });
}
await server.stop();
writeFileSync(curvesPath, `${JSON.stringify({ ...provenance(), curves }, null, 2)}\n`);

function round(ms: number): number {
  return Number(ms.toFixed(3));
}
