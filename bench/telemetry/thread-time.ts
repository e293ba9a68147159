import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of a process's threads so far, in microseconds: /proc counts ticks of 10 ms, the scheduler nanoseconds. */
export function threadTimeUs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return sum + Number(ns) / 1_000;
  }, 0);
}
