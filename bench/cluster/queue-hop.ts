import type { ClusterProcess } from '#testing';
import type { Goal } from '../goals/goal.js';
import { openLoop } from '../http/open-loop.js';
import type { Workload } from '../workloads.js';
import { workerMetrics } from './measure-cluster.js';

const share = 0.3;
const hopS = '0.005';

/** Of the jobs at 30 % of the throughput at saturation, how many a worker has within 5 ms of their submission: half is a p50 of 5 ms. */
export async function queueHop(
  cluster: ClusterProcess,
  workload: Workload,
  saturatedPerSecond: number,
  seconds: number,
): Promise<Goal> {
  const { urls, apiKey } = cluster.description;
  const itemsPerSecond = share * saturatedPerSecond;
  const before = readWaits(await workerMetrics(cluster), workload.task);
  await openLoop({ url: urls[0] ?? '', apiKey }, workload, itemsPerSecond, seconds);
  const after = readWaits(await workerMetrics(cluster), workload.task);
  return {
    name: `jobs taken within 5 ms at 30 % load, ${workload.task}`,
    value: (100 * (after.within - before.within)) / (after.all - before.all),
    unit: '%',
    atLeast: 50,
    facts: { itemsPerSecond },
  };
}

function readWaits(text: string, task: string): { within: number; all: number } {
  const lines = text
    .split('\n')
    .filter(
      (line) => line.startsWith('inferway_queue_wait_seconds_bucket{') && line.includes(`task="${task}"`),
    );
  const read = (bound: string) =>
    Number(lines.find((line) => line.includes(`le="${bound}"`))?.split(' ')[1] ?? 0);
  return { within: read(hopS), all: read('+Inf') };
}
