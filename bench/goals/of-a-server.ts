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

/** @returns MB of the server and its engine hosts. Processes of another server that map the same weights must be gone. */
export function memoryOf(server: ServerProcess): number {
  return pssMb(processTree(server.pid));
}

/**
 * Memory, and the time from the start of a new installation until it answers.
 *
 * @param warmMb when all models were warm and nobody had asked for anything
 * @param loadedMb after all the load
 */
export function processGoals({ startMs }: ServerProcess, warmMb: number, loadedMb: number): Goal[] {
  const memory = { name: 'memory of all processes (PSS)', unit: 'MB', atMost: 1_200 };
  return [
    { ...memory, name: `${memory.name}, all models warm`, value: warmMb },
    { ...memory, name: `${memory.name}, after all this load`, value: loadedMb },
    { name: 'first start', value: startMs / 1_000, unit: 's' },
  ];
}
