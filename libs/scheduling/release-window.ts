import type { Clock } from '#kernel';
import { DeadlineDoor } from './deadline-door.js';
import { DrainRate } from './drain-rate.js';
import type { FairAccounts } from './fair-accounts.js';
import type { FairEntry } from './fair-queue.js';
import { LanedFairQueue, type Lane } from './laned-fair-queue.js';

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
  private readonly door: DeadlineDoor<T>;
  private readonly windowMs: number;
  private releasedMs = 0;

  /** @param accounts of the tenants over all tasks */
  constructor({ clock, windowMs, engines }: ReleaseWindowOptions, accounts: FairAccounts) {
    this.waiting = new LanedFairQueue(accounts);
    this.drainRate = new DrainRate(clock, engines);
    this.door = new DeadlineDoor(this.waiting, this.drainRate);
    this.windowMs = windowMs;
  }

  /**
   * Seconds to wait for whom the door would refuse. What is released counts no more than the window: a large job may be
   * nearly done.
   */
  lateByRate(entry: Omit<FairEntry<T>, 'value'>, leftMs: number): number | undefined {
    return this.door.lateByRate(entry, leftMs, Math.min(this.releasedMs, this.windowMs));
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
