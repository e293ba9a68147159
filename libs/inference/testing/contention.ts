import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { readStat } from '../dispatch/activity.js';

export { tickMs } from '../dispatch/activity.js';

/** Threads that want every core for themselves, two a core, until they are disposed of. */
export function everyCoreWanted(): AsyncDisposable & { threads: number } {
  const threads = Array.from(
    { length: 2 * availableParallelism() },
    () => new Worker('for (;;);', { eval: true }),
  );
  return {
    threads: threads.length,
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** User and system time of a process so far. */
export function processCpuMs(pid: number): number {
  return readStat(`/proc/${pid}/stat`).cpuMs;
}
