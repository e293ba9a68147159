import type { DrainRate } from './drain-rate.js';
import type { FairEntry } from './fair-queue.js';
import type { LanedFairQueue } from './laned-fair-queue.js';
import { retryAfterS } from './retry-after.js';

/**
 * Share of the time left that an answer may be predicted to take. Under a burst everyone stands at this line: where the
 * prediction is a little short without it, all that was taken comes late.
 */
export const usedOfDeadline = 0.9;

/** Tells who would wait in vain, so that they hear it at once. */
export class DeadlineDoor<T> {
  constructor(
    private readonly waiting: LanedFairQueue<T>,
    private readonly drainRate: DrainRate,
  ) {}

  /**
   * Whether an interactive entry could not be answered within `leftMs`, even if nobody came after it: then seconds until
   * what stands before it is done, else undefined. Says nothing while the rate is not measured, nor of whom nothing waiting
   * goes before: engines are idle, or the crowd is another tenant's. A wrong refusal is worse than a late answer.
   *
   * @param handedOutMs what engines have: it takes about its work over the rate to come back
   */
  lateByRate(
    { tenantId, weight, costMs }: Omit<FairEntry<T>, 'value'>,
    leftMs: number,
    handedOutMs: number,
  ): number | undefined {
    const rate = this.drainRate.measured;
    if (rate === undefined) return undefined;
    const takenMs = handedOutMs + costMs;
    const fitsMs = usedOfDeadline * leftMs * rate - takenMs;
    // Before anyone is counted: it is so nearly always.
    if (this.waiting.backlogMs <= fitsMs) return undefined;
    const aheadMs = this.waiting.aheadMs(tenantId, weight);
    if (aheadMs === 0 || aheadMs <= fitsMs) return undefined;
    return retryAfterS((takenMs + aheadMs) / rate);
  }
}
