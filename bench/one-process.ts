import { loadServeConfig } from '#config';
import { ServerProcess } from '#testing';
import { atRisingLoad } from './at-rising-load.js';
import { runBareLoops } from './bare/bare-loops.js';
import { batchInvariance } from './goals/batch-invariance.js';
import { batchingGain } from './goals/batching-gain.js';
import { benchTenants, noisyNeighbour, sharesByWeight, type Tenants } from './goals/fairness.js';
import type { Goal } from './goals/goal.js';
import { latencyUnderLoad } from './goals/latency-under-load.js';
import { memoryOf, processGoals, saturationGoals } from './goals/of-a-server.js';
import { pythonParity } from './goals/python-parity.js';
import { telemetryCost } from './goals/telemetry-cost.js';
import { measureHttp } from './http/measure-http.js';
import { pythonPackages } from './python-packages.js';
import { withEfficiency } from './report.js';
import type { BenchResult } from './result.js';
import type { Workload } from './workloads.js';

export interface BenchOptions {
  workloads: readonly Workload[];
  /** Of one measurement. */
  seconds: number;
}

export interface BenchReport {
  results: readonly BenchResult[];
  goals: readonly Goal[];
}

interface Figures {
  results: BenchResult[];
  goals: Goal[];
}

interface Subject {
  server: ServerProcess;
  unbatched: ServerProcess;
  tenants: Tenants;
  models: string;
  pythonPath: string;
}

const concurrencies = [1, 8, 32, 64, 256];

/**
 * The one-process server beside the bare loops, and every goal that concerns it. A task that fails leaves the figures
 * that it has, and the others theirs; the exit code tells of it.
 */
export async function benchOneProcess({ workloads, seconds }: BenchOptions): Promise<BenchReport> {
  const { models } = loadServeConfig().engines;
  const pythonPath = pythonPackages('models/requirements-dev.txt');
  const server = await ServerProcess.start();
  const warmMb = memoryOf(server);
  const unbatched = await ServerProcess.start({ MAX_BATCH_ROWS: '1' });
  const found: Figures = { results: [], goals: [] };
  try {
    const tenants = await benchTenants({ home: server.home, urls: [server.url] });
    for (const workload of workloads) {
      process.stderr.write(`  ${workload.task} ...\n`);
      const subject = { server, unbatched, tenants, models, pythonPath };
      await measureTask(subject, workload, seconds, found).catch((error: unknown) => {
        process.stderr.write(`  ${workload.task} failed: ${String(error)}\n`);
        process.exitCode = 1;
      });
    }
    await unbatched.stop();
    found.goals.push(...processGoals(server, warmMb, memoryOf(server)));
    found.goals.push(...(await telemetryCost(found.results)));
  } finally {
    await Promise.all([server.stop(), unbatched.stop()]);
  }
  return found;
}

/** The bare loop stands directly before the rows that are held against it: the machine changes over the minutes. */
async function measureTask(
  { server, unbatched, tenants, models, pythonPath }: Subject,
  workload: Workload,
  seconds: number,
  { results, goals }: Figures,
): Promise<void> {
  const bare = await runBareLoops(models, workload, seconds / 2);
  const http = await atRisingLoad(concurrencies, (clients) =>
    measureHttp(server, workload, clients, seconds),
  );
  const rows = withEfficiency([...bare.results, ...http]);
  results.push(...rows);
  goals.push(...saturationGoals(rows));
  goals.push(await batchingGain(server, unbatched, workload, seconds));
  goals.push(await latencyUnderLoad(server, workload, bare.fullBatchMs, seconds));
  goals.push(await noisyNeighbour(tenants, workload, seconds));
  goals.push(await sharesByWeight(tenants, workload, seconds));
  goals.push(await pythonParity(models, pythonPath, workload, seconds));
  goals.push(...(await batchInvariance(models, workload)));
}
