import type { ServerProcess } from '#testing';
import { processTree, pssMb } from '../http/process-tree.js';
import type { BenchResult } from '../result.js';
import type { Goal } from './goal.js';

/** What a task's rows say at saturation, which is where an answer costs least. */
export function saturationGoals(rows: readonly BenchResult[]): Goal[] {
  const http = rows.filter(({ topology }) => topology === 'http');
  const saturated = http.sort((a, b) => a.cpuMsPerItem - b.cpuMsPerItem).at(0);
  if (saturated === undefined) return [];
  const { task, concurrency, efficiency = NaN, eventLoopDelayP99Ms = NaN } = saturated;
  const facts = { clients: concurrency };
  return [
    { name: `efficiency, ${task}`, value: efficiency, unit: '', atLeast: 0.8, facts },
    {
      name: `event-loop delay p99 at saturation, ${task}`,
      value: eventLoopDelayP99Ms,
      unit: 'ms',
      atMost: 20,
      facts,
    },
  ];
}

/** Memory with all models warm, after the load; time from the start of a new installation until it answers. */
export function processGoals(server: ServerProcess): Goal[] {
  return [
    {
      name: 'memory of all processes (PSS)',
      value: pssMb(processTree(server.pid)),
      unit: 'MB',
      atMost: 1_200,
    },
    { name: 'first start', value: server.startMs / 1_000, unit: 's' },
  ];
}
