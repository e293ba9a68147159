import { FairAccounts } from './fair-accounts.js';
import { FairQueue, type FairEntry } from './fair-queue.js';

/** Somebody waits for an interactive entry; bulk work is fetched later. */
export type Lane = 'interactive' | 'bulk';

/**
 * Shares of the two lanes while both have work. Bulk is never starved, so a job of thousands of inputs ends while
 * people keep typing; and it never delays an interactive entry by more than a ninth of the work before it.
 */
export const laneWeights: Readonly<Record<Lane, number>> = { interactive: 9, bulk: 1 };

/**
 * Weighted fair order over tenants in two lanes. A tenant has one account over both; the lanes themselves are served
 * start-time fair by `laneWeights`, and one that comes back from idling is lifted to the other, waiting or not.
 */
export class LanedFairQueue<T> {
  private readonly lanes: Readonly<Record<Lane, FairQueue<T>>>;
  private readonly times: Record<Lane, number> = { interactive: 0, bulk: 0 };

  constructor(accounts = new FairAccounts()) {
    this.lanes = { interactive: new FairQueue<T>(accounts), bulk: new FairQueue<T>(accounts) };
  }

  get size(): number {
    return this.lanes.interactive.size + this.lanes.bulk.size;
  }

  get backlogMs(): number {
    return this.lanes.interactive.backlogMs + this.lanes.bulk.backlogMs;
  }

  /** @throws RangeError for a weight or cost that would spoil everyone's order */
  push(lane: Lane, entry: FairEntry<T>): void {
    const other = otherLane(lane);
    if (this.lanes[lane].size === 0) this.times[lane] = Math.max(this.times[lane], this.times[other]);
    this.lanes[lane].push(entry);
  }

  pop(): FairEntry<T> | undefined {
    const lane = this.choose();
    const entry = this.lanes[lane].pop();
    if (entry !== undefined) this.times[lane] += entry.costMs / laneWeights[lane];
    return entry;
  }

  /** Work that goes before a new interactive entry of this tenant, were none to come after it; bulk's part included. */
  aheadMs(tenantId: string, weight: number): number {
    const { interactive, bulk } = this.lanes;
    const aheadMs = interactive.aheadMs(tenantId, weight);
    if (aheadMs === 0) return 0;
    const bulkUntil = this.times.interactive + aheadMs / laneWeights.interactive;
    const bulkMs = laneWeights.bulk * Math.max(0, bulkUntil - this.times.bulk);
    return aheadMs + Math.min(bulk.backlogMs, bulkMs);
  }

  /** Takes an entry out unserved; false when it is not waiting here. */
  remove(entry: FairEntry<T>): boolean {
    return this.lanes.interactive.remove(entry) || this.lanes.bulk.remove(entry);
  }

  /** Corrects a tenant's virtual time when the real cost differs from the predicted one. */
  charge(tenantId: string, deltaMs: number): void {
    this.lanes.interactive.charge(tenantId, deltaMs);
  }

  private choose(): Lane {
    if (this.lanes.bulk.size === 0) return 'interactive';
    if (this.lanes.interactive.size === 0) return 'bulk';
    return this.times.bulk < this.times.interactive ? 'bulk' : 'interactive';
  }
}

function otherLane(lane: Lane): Lane {
  return lane === 'interactive' ? 'bulk' : 'interactive';
}
