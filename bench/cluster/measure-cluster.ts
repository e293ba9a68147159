import type { ClusterProcess } from '#testing';
import { closedLoop } from '../http/closed-loop.js';
import { cpuMs, processTree } from '../http/process-tree.js';
import { batchesBetween } from '../http/server-metrics.js';
import type { BenchResult } from '../result.js';
import { percentile } from '../stats.js';
import type { Workload } from '../workloads.js';
import { redisCounters } from './redis-counters.js';

export interface ClusterResult extends BenchResult {
  /**
   * Times that Redis read from a client, per answer: what a request costs in round trips, where commands that leave
   * together count once.
   */
  redisReadsPerItem: number;
  redisCpuUsPerItem: number;
}

/** A task at one concurrency, over gateway, Redis and workers. Redis and Postgres are not in the CPU time; Redis stands beside. */
export async function measureCluster(
  cluster: ClusterProcess,
  workload: Workload,
  clients: number,
  seconds: number,
): Promise<ClusterResult> {
  const { urls, apiKey } = cluster.description;
  const caller = { url: urls[0] ?? '', apiKey };
  await closedLoop(caller, workload, clients, Math.min(1, seconds / 2));
  const gateways = cluster.pids('gateway');
  const pids = [...gateways, ...cluster.pids('worker')].flatMap(processTree);
  const metricsBefore = await workerMetrics(cluster);
  const redisBefore = await redisCounters(cluster.redis.url);
  const [cpuBefore, gatewayBefore] = [cpuMs(pids), cpuMs(gateways)];
  const { items, wallMs, latenciesMs } = await closedLoop(caller, workload, clients, seconds);
  const spentMs = cpuMs(pids) - cpuBefore;
  const gatewayMs = cpuMs(gateways) - gatewayBefore;
  const redisAfter = await redisCounters(cluster.redis.url);
  return {
    task: workload.task,
    model: workload.model,
    topology: 'cluster',
    concurrency: clients,
    itemsPerSecond: (1_000 * items) / wallMs,
    cpuMsPerItem: spentMs / items,
    gatewayCpuMsPerItem: gatewayMs / items,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    p99Ms: percentile(latenciesMs, 0.99),
    ...batchesBetween(metricsBefore, await workerMetrics(cluster), workload.model),
    redisReadsPerItem: (redisAfter.reads - redisBefore.reads) / items,
    redisCpuUsPerItem: (1e6 * (redisAfter.cpuS - redisBefore.cpuS)) / items,
  };
}

/** Of the first worker: with several alike, its batches are like theirs. */
export async function workerMetrics(cluster: ClusterProcess): Promise<string> {
  const worker = cluster.description.processes.find(({ role }) => role === 'worker');
  return (await fetch(`${worker?.url ?? ''}/metrics`)).text();
}
