import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Linux counts CPU in ticks of 10 ms (USER_HZ, fixed at 100 for programs). */
export const tickMs = 10;

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
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return tickMs * (Number(fields[11]) + Number(fields[12]));
}
