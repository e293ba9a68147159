import type { BenchResult } from '../result.js';
import { percentile } from '../stats.js';
import type { Workload } from '../workloads.js';
import { batchesBetween, eventLoopDelayP99Ms } from './server-metrics.js';
import { closedLoop } from './closed-loop.js';
import { cpuMs, machineCpuMs, processTree } from './process-tree.js';
import type { ServerProcess } from '#testing';

/** A task at one concurrency: throughput, latency, and the CPU of the server and its engine hosts per answer. */
export async function measureHttp(
  server: ServerProcess,
  workload: Workload,
  clients: number,
  seconds: number,
): Promise<BenchResult> {
  await closedLoop(server, workload, clients, Math.min(1, seconds / 2));
  const pids = processTree(server.pid);
  const metricsBefore = await server.metrics();
  const [cpuBefore, gatewayBefore] = [cpuMs(pids), cpuMs([server.pid])];
  const othersBefore = machineCpuMs() - cpuMs([...pids, process.pid]);
  const { items, wallMs, latenciesMs } = await closedLoop(server, workload, clients, seconds);
  const spentMs = cpuMs(pids) - cpuBefore;
  const othersMs = machineCpuMs() - cpuMs([...pids, process.pid]) - othersBefore;
  const gatewayMs = cpuMs([server.pid]) - gatewayBefore;
  const metricsAfter = await server.metrics();
  return {
    task: workload.task,
    model: workload.model,
    topology: 'http',
    concurrency: clients,
    itemsPerSecond: (1_000 * items) / wallMs,
    cpuMsPerItem: spentMs / items,
    gatewayCpuMsPerItem: gatewayMs / items,
    coresOfOthers: othersMs / wallMs,
    p50Ms: percentile(latenciesMs, 0.5),
    p95Ms: percentile(latenciesMs, 0.95),
    p99Ms: percentile(latenciesMs, 0.99),
    ...batchesBetween(metricsBefore, metricsAfter, workload.model),
    eventLoopDelayP99Ms: eventLoopDelayP99Ms(metricsAfter),
  };
}
