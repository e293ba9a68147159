import type { Spent } from './graph.js';

/** The timer's tick: as much may be missing from the processor time of a run. */
const tickMs = 4;

/** What a run would have taken with the core to itself: its time by the clock, less what others had meanwhile. */
export function aloneMs({ ms, computeMs }: Spent): number {
  return Math.min(ms, computeMs + tickMs);
}

/**
 * Processor time of this thread in laps without gaps. Linux counts it at the timer's tick, every 4 ms on many machines,
 * and when the thread gives the core away: read before and after a run of 2 ms, what the last tick did not see is lost.
 * Rows of two hosts under load were charged 72 to 87 % of what their hosts used that way. What a lap misses the next one has, so a
 * run is charged too little or too much by a tick, and many are charged what they cost.
 */
export class ThreadTime {
  #before = process.threadCpuUsage();

  /** Milliseconds since the last lap, whatever the thread did: little while it waits for work. */
  lap(): number {
    const before = this.#before;
    this.#before = process.threadCpuUsage();
    return (this.#before.user - before.user + this.#before.system - before.system) / 1_000;
  }
}
