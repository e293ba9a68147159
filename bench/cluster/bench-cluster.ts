import { loadServeConfig } from '#config';
import { ClusterProcess } from '#testing';
import { atRisingLoad } from '../at-rising-load.js';
import { runBareLoops } from '../bare/bare-loops.js';
import { benchTenants, noisyNeighbour, sharesByWeight } from '../goals/fairness.js';
import type { Goal } from '../goals/goal.js';
import type { BenchOptions, BenchReport } from '../one-process.js';
import { withEfficiency } from '../report.js';
import type { BenchResult } from '../result.js';
import type { Workload } from '../workloads.js';
import { measureCluster } from './measure-cluster.js';
import { queueHop } from './queue-hop.js';
import { scalingGoals } from './scaling.js';

const concurrencies = [1, 32, 64, 256];

/** One gateway and two workers over Redis, each with one engine host, beside the bare loops; then fairness. */
export async function benchCluster({ workloads, seconds }: BenchOptions): Promise<BenchReport> {
  const cluster = await ClusterProcess.start({ gateways: 1, workers: 2 });
  const results: BenchResult[] = [];
  const goals: Goal[] = [];
  for (const workload of workloads) {
    process.stderr.write(`  ${workload.task} ...\n`);
    const report = await measureTask(cluster, workload, seconds).catch((error: unknown) => {
      process.stderr.write(`  ${workload.task} failed: ${String(error)}\n`);
      process.exitCode = 1;
      return undefined;
    });
    results.push(...(report?.results ?? []));
    goals.push(...(report?.goals ?? []));
  }
  goals.push(...(await scalingGoals(cluster.redis.url, seconds)));
  await cluster.stop();
  goals.push(...(await fairnessGoals(workloads, seconds)));
  return { results, goals };
}

/** Of two gateways and two workers: no process sees all requests, none runs all of them. */
async function fairnessGoals(workloads: readonly Workload[], seconds: number): Promise<Goal[]> {
  const cluster = await ClusterProcess.start({ gateways: 2, workers: 2 });
  const tenants = await benchTenants({ home: cluster.home, urls: cluster.description.urls });
  const goals: Goal[] = [];
  for (const workload of workloads) {
    process.stderr.write(`  fairness, ${workload.task} ...\n`);
    goals.push(await noisyNeighbour(tenants, workload, seconds));
    goals.push(await sharesByWeight(tenants, workload, seconds));
  }
  await cluster.stop();
  return goals;
}

async function measureTask(
  cluster: ClusterProcess,
  workload: Workload,
  seconds: number,
): Promise<BenchReport> {
  const bare = await runBareLoops(loadServeConfig().engines.models, workload, seconds / 2);
  const rows = await atRisingLoad(concurrencies, (clients) =>
    measureCluster(cluster, workload, clients, seconds),
  );
  const results = withEfficiency([...bare.results, ...rows]);
  const [saturated] = rows.toSorted((a, b) => a.cpuMsPerItem - b.cpuMsPerItem);
  if (saturated === undefined) throw new Error('nothing was measured');
  const best = Math.min(...bare.results.map(({ cpuMsPerItem }) => cpuMsPerItem));
  const { task } = workload;
  const { cpuMsPerItem, redisReadsPerItem, redisCpuUsPerItem, concurrency } = saturated;
  const facts = { clients: concurrency };
  return {
    results,
    goals: [
      {
        name: `efficiency through Redis, ${task}`,
        value: best / cpuMsPerItem,
        unit: '',
        atLeast: 0.65,
        facts,
      },
      {
        name: `round trips to Redis a request, ${task}`,
        value: redisReadsPerItem,
        unit: '',
        atMost: 6,
        facts,
      },
      { name: `CPU of Redis a request, ${task}`, value: redisCpuUsPerItem, unit: 'µs', facts },
      await queueHop(cluster, workload, saturated.itemsPerSecond, seconds),
    ],
  };
}
