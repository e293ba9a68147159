import { loadServeConfig } from '#config';
import { ServerProcess } from '#testing';
import { runBareLoops } from './bare/bare-loops.js';
import { batchingGain } from './goals/batching-gain.js';
import { benchTenants, noisyNeighbour, sharesByWeight, type Tenants } from './goals/fairness.js';
import type { Goal } from './goals/goal.js';
import { latencyUnderLoad } from './goals/latency-under-load.js';
import { processGoals, saturationGoals } from './goals/of-a-server.js';
import { pythonParity } from './goals/python-parity.js';
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

const concurrencies = [1, 8, 32, 64];

/** The one-process server beside the bare loops, and every goal that concerns it. */
export async function benchOneProcess({ workloads, seconds }: BenchOptions): Promise<BenchReport> {
  const server = await ServerProcess.start();
  const unbatched = await ServerProcess.start({ MAX_BATCH_ROWS: '1' });
  const subject = { server, unbatched, tenants: await benchTenants(server) };
  const reports: BenchReport[] = [];
  for (const workload of workloads) {
    process.stderr.write(`  ${workload.task} ...\n`);
    reports.push(await measureTask(subject, workload, seconds));
  }
  const goals = processGoals(server);
  await Promise.all([server.stop(), unbatched.stop()]);
  return {
    results: reports.flatMap(({ results }) => results),
    goals: [...reports.flatMap((report) => report.goals), ...goals],
  };
}

interface Subject {
  server: ServerProcess;
  unbatched: ServerProcess;
  tenants: Tenants;
}

/** The bare loop stands directly before the rows that are held against it: the machine changes over the minutes. */
async function measureTask(
  { server, unbatched, tenants }: Subject,
  workload: Workload,
  seconds: number,
): Promise<BenchReport> {
  const { models } = loadServeConfig().engines;
  const bare = await runBareLoops(models, workload, seconds / 2);
  const http: BenchResult[] = [];
  for (const clients of concurrencies) http.push(await measureHttp(server, workload, clients, seconds));
  const results = withEfficiency([...bare.results, ...http]);
  const goals = [
    ...saturationGoals(results),
    await batchingGain(server, unbatched, workload, seconds),
    await latencyUnderLoad(server, workload, bare.fullBatchMs, seconds),
    await noisyNeighbour(tenants, workload, seconds),
    await sharesByWeight(tenants, workload, seconds),
    await pythonParity(models, pythonPackages('requirements-dev.txt'), workload, seconds),
  ];
  return { results, goals };
}
