import { IndexedHeap, type HeapItem } from './indexed-heap.js';

/** What one tenant has been served, in virtual time: compute milliseconds divided by its weight. */
export interface FairAccount extends HeapItem {
  readonly tenantId: string;
  weight: number;
  time: number;
  /** The tenant's non-empty lanes, one a queue; each is told when `time` has moved. */
  readonly lanes: Set<{ moved(): void }>;
}

/** Idle accounts that are kept before the first sweep. */
const minAccountsBeforeSweep = 1_024;

/**
 * The tenants' virtual times, shared by all queues that compete for one resource: a tenant with work for two models
 * has one account, hence one share.
 *
 * Start-time fair: system time is the time of the least served waiting tenant, never going back. A tenant that comes
 * back from idling is lifted to it (no credit for having been away) and one that is ahead stays ahead (no debt is
 * forgiven) until nobody waits at all; then everyone is even, as nobody has been kept waiting.
 */
export class FairAccounts {
  private readonly accounts = new Map<string, FairAccount>();
  private readonly waiting = new IndexedHeap<FairAccount>((a, b) => a.time < b.time);
  private systemTime = 0;
  private latestTime = 0;
  private sweepAtSize = minAccountsBeforeSweep;
  private lastSequence = 0;

  /** Tenants remembered: those waiting, those ahead, and others not swept yet. */
  get size(): number {
    return this.accounts.size;
  }

  /**
   * Order of arrival over all queues. Between tenants served alike the older entry goes first; without that, newcomers
   * (who all enter at system time) could pass a waiting one for ever.
   */
  nextSequence(): number {
    return ++this.lastSequence;
  }

  /** Virtual time at which the tenant goes on when it has work: its own, or where it would be lifted to. */
  timeOf(tenantId: string): number {
    const account = this.accounts.get(tenantId);
    if (account === undefined) return this.systemTime;
    return account.lanes.size > 0 ? account.time : Math.max(account.time, this.systemTime);
  }

  /** A lane of this tenant has become non-empty. */
  enter(tenantId: string, weight: number, lane: { moved(): void }): FairAccount {
    const account = this.accounts.get(tenantId) ?? this.open(tenantId, weight);
    account.weight = weight;
    if (account.lanes.size === 0) {
      account.time = Math.max(account.time, this.systemTime);
      this.waiting.push(account);
    }
    account.lanes.add(lane);
    return account;
  }

  /** A lane of this tenant has become empty. */
  leave(account: FairAccount, lane: { moved(): void }): void {
    account.lanes.delete(lane);
    if (account.lanes.size > 0) return;
    this.waiting.remove(account);
    if (this.waiting.size === 0) this.systemTime = this.latestTime;
  }

  /** A waiting tenant gets `costMs` of compute. */
  serve(account: FairAccount, costMs: number): void {
    this.systemTime = Math.max(this.systemTime, this.waiting.peek()?.time ?? 0);
    this.move(account, costMs);
  }

  /** Corrects what a tenant has paid; a tenant that was forgotten meanwhile has nothing to correct. */
  charge(tenantId: string, deltaMs: number): void {
    const account = this.accounts.get(tenantId);
    if (account !== undefined) this.move(account, deltaMs);
  }

  private move(account: FairAccount, ms: number): void {
    account.time += ms / account.weight;
    this.latestTime = Math.max(this.latestTime, account.time);
    if (account.lanes.size > 0) this.waiting.update(account);
    for (const lane of account.lanes) lane.moved();
  }

  private open(tenantId: string, weight: number): FairAccount {
    if (this.accounts.size >= this.sweepAtSize) this.sweep();
    const account = {
      tenantId,
      weight,
      time: this.systemTime,
      lanes: new Set<{ moved(): void }>(),
      heapIndex: -1,
    };
    this.accounts.set(tenantId, account);
    return account;
  }

  /** Forgets tenants that would be lifted anyway. The next sweep waits until the map has doubled: O(1) amortised. */
  private sweep(): void {
    for (const account of this.accounts.values()) {
      if (account.lanes.size === 0 && account.time <= this.systemTime) this.accounts.delete(account.tenantId);
    }
    this.sweepAtSize = Math.max(minAccountsBeforeSweep, 2 * this.accounts.size);
  }
}
