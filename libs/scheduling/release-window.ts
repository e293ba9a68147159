import type { Clock } from '#kernel';
import { DrainRate } from './drain-rate.js';
import type { FairAccounts } from './fair-accounts.js';
import type { FairEntry } from './fair-queue.js';
import { LanedFairQueue, type Lane } from './laned-fair-queue.js';
import { retryAfterS } from './retry-after.js';

/**
 * Share of the time left that an answer may be predicted to take. Under a burst everyone stands at this line: where the
 * prediction is a little short without it, all that was taken comes late.
 */
export const usedOfDeadline = 0.9;

export interface ReleaseWindowOptions {
  clock: Clock;
  /** Predicted engine time of entries that are handed out and not answered. */
  windowMs: number;
  /** Engines that share the work. */
  engines: number;
}

/**
 * What waits for one task, in fair order, and the small window of what engines have of it; who is next is decided when
 * the window has room. Between machines scripts in Redis do the same (`libs/queue/redis/scripts`).
 */
export class ReleaseWindow<T> {
  private readonly waiting: LanedFairQueue<T>;
  private readonly drainRate: DrainRate;
  private readonly windowMs: number;
  private releasedMs = 0;

  /** @param accounts of the tenants over all tasks */
  constructor({ clock, windowMs, engines }: ReleaseWindowOptions, accounts: FairAccounts) {
    this.waiting = new LanedFairQueue(accounts);
    this.drainRate = new DrainRate(clock, engines);
    this.windowMs = windowMs;
  }

  /**
   * Whether an interactive entry could not be answered within `leftMs`, even if nobody came after it: then seconds until
   * what stands before it is done, else undefined. What is released counts, as it takes about its work over the rate to
   * come back, but no more than the window: a large job may be nearly done. Says nothing while the rate is not measured,
   * nor of whom nothing waiting goes before: engines are idle, or the crowd is another tenant's. A wrong refusal is worse
   * than a late answer.
   */
  lateByRate({ tenantId, weight, costMs }: Omit<FairEntry<T>, 'value'>, leftMs: number): number | undefined {
    const rate = this.drainRate.measured;
    if (rate === undefined) return undefined;
    const takenMs = Math.min(this.releasedMs, this.windowMs) + costMs;
    const fitsMs = usedOfDeadline * leftMs * rate - takenMs;
    // Before anyone is counted: it is so nearly always.
    if (this.waiting.backlogMs <= fitsMs) return undefined;
    const aheadMs = this.waiting.aheadMs(tenantId, weight);
    if (aheadMs === 0 || aheadMs <= fitsMs) return undefined;
    return retryAfterS((takenMs + aheadMs) / rate);
  }

  push(lane: Lane, entry: FairEntry<T>): void {
    this.waiting.push(lane, entry);
  }

  /** The fairest entries, as many as the window has room for. */
  release(): FairEntry<T>[] {
    const released: FairEntry<T>[] = [];
    let workMs = 0;
    while (this.releasedMs < this.windowMs) {
      const entry = this.waiting.pop();
      if (entry === undefined) break;
      released.push(entry);
      workMs += entry.costMs;
      this.releasedMs += entry.costMs;
    }
    if (released.length > 0) this.drainRate.dispatched(workMs, this.waiting.size > 0);
    return released;
  }

  /** A released entry has ended. @param tookMs what its tenant pays */
  end({ tenantId, costMs }: FairEntry<T>, tookMs: number): void {
    this.releasedMs -= costMs;
    this.waiting.charge(tenantId, tookMs - costMs);
  }

  /** Takes a waiting entry out: nobody waits for it any more. */
  remove(entry: FairEntry<T>): void {
    if (this.waiting.remove(entry) && this.waiting.size === 0) this.drainRate.emptied();
  }
}
