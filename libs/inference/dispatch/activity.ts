import { readFileSync } from 'node:fs';

/** Linux counts CPU in ticks of 10 ms (USER_HZ, fixed at 100 for programs). */
export const tickMs = 10;

/** What the main thread of a process has done so far, and is about. */
export interface Activity {
  cpuMs: number;
  /** Runs: on a processor, or ready for one. Sleeps: waits of its own accord. Held: stopped, or waits for the disk. */
  state: 'runs' | 'sleeps' | 'held';
}

/** @returns undefined for a process that is gone, and where there is no `/proc` */
export function activityOf(pid: number): Activity | undefined {
  try {
    const { state, cpuMs } = readStat(`/proc/${pid}/task/${pid}/stat`);
    return { cpuMs, state: states.get(state) ?? 'held' };
  } catch {
    return undefined;
  }
}

/** State, and user and system time, of a process or a thread. */
export function readStat(path: string): { state: string; cpuMs: number } {
  const text = readFileSync(path, 'utf8');
  // The name before may hold spaces.
  const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, cpuMs: tickMs * (Number(fields[10]) + Number(fields[11])) };
}

const states = new Map<string, Activity['state']>([
  ['R', 'runs'],
  ['S', 'sleeps'],
]);
