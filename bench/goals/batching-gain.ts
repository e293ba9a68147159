import type { ServerProcess } from '#testing';
import { closedLoop } from '../http/closed-loop.js';
import type { Workload } from '../workloads.js';
import type { Goal } from './goal.js';

const clients = 32;
const rounds = 3;
const floor: Record<string, number> = { translate: 1.8 };

/**
 * Throughput of 32 single-item clients over the same server with `MAX_BATCH_ROWS=1`. The two take turns, so that what
 * else the machine does meets both.
 */
export async function batchingGain(
  batched: ServerProcess,
  unbatched: ServerProcess,
  workload: Workload,
  seconds: number,
): Promise<Goal> {
  const perSecond = async (server: ServerProcess) => {
    const { items, wallMs } = await closedLoop(server, workload, clients, seconds / rounds);
    return (1_000 * items) / wallMs / rounds;
  };
  await closedLoop(unbatched, workload, clients, 1);
  let [together, alone] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    together += await perSecond(batched);
    alone += await perSecond(unbatched);
  }
  return {
    name: `gain of batching, ${workload.task}`,
    value: together / alone,
    unit: '×',
    atLeast: floor[workload.task] ?? 1,
    facts: { itemsPerSecond: together, itemsPerSecondUnbatched: alone },
  };
}
