import type { ServerProcess } from '#testing';
import { closedLoop } from '../http/closed-loop.js';
import { openLoop } from '../http/open-loop.js';
import { percentile } from '../stats.js';
import type { Workload } from '../workloads.js';
import type { Goal } from './goal.js';

const share = 0.7;
const saturating = 32;
const rounds = 3;

/**
 * p99 at 70 % of the throughput at saturation, arrivals at random. What the server can do and how it does without load
 * are measured anew in every round; the round with the lowest p99 counts, as other work on the machine only adds to it.
 *
 * @param fullBatchMs a full batch of the bare loop: what a newcomer may find running.
 */
export async function latencyUnderLoad(
  server: ServerProcess,
  workload: Workload,
  fullBatchMs: number,
  seconds: number,
): Promise<Goal> {
  const measured = [];
  for (let round = 0; round < rounds; round++) {
    const alone = await closedLoop(server, workload, 1, 1);
    const { items, wallMs } = await closedLoop(server, workload, saturating, seconds / rounds);
    const itemsPerSecond = (share * 1_000 * items) / wallMs;
    const { latenciesMs } = await openLoop(server, workload, itemsPerSecond, seconds);
    measured.push({
      p50AloneMs: percentile(alone.latenciesMs, 0.5),
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
      fullBatchMs,
      itemsPerSecond,
    });
  }
  const [best] = measured.sort((a, b) => a.p99Ms - b.p99Ms);
  if (best === undefined) throw new Error('nothing was measured');
  return {
    name: `p99 at 70 % load, ${workload.task}`,
    value: best.p99Ms,
    unit: 'ms',
    atMost: 3 * best.p50AloneMs + fullBatchMs,
    facts: best,
  };
}
