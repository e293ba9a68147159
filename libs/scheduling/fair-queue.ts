import { FairAccounts } from './fair-accounts.js';
import { FairLane, type LaneNode } from './fair-lane.js';
import { IndexedHeap } from './indexed-heap.js';

export interface FairEntry<T> {
  readonly tenantId: string;
  /** Share of this tenant relative to others; above 0. */
  readonly weight: number;
  /** Predicted compute, 0 or more. */
  readonly costMs: number;
  readonly value: T;
}

/**
 * Weighted fair order over tenants, first come first served inside one (virtual token counter, arXiv 2401.00588, on
 * compute milliseconds and start-time tags). Every operation is O(log tenants); queues that share `accounts` share
 * the tenants' virtual times.
 */
export class FairQueue<T> {
  private readonly nodes = new Map<FairEntry<T>, LaneNode<FairEntry<T>>>();
  private readonly lanes = new Map<string, FairLane<FairEntry<T>>>();
  private readonly order = new IndexedHeap<FairLane<FairEntry<T>>>((a, b) => a.isBefore(b));
  private totalMs = 0;

  constructor(private readonly accounts = new FairAccounts()) {}

  get size(): number {
    return this.nodes.size;
  }

  get backlogMs(): number {
    return this.totalMs;
  }

  /** @throws RangeError for a weight or cost that would spoil everyone's order */
  push(entry: FairEntry<T>): void {
    const { tenantId, weight, costMs } = entry;
    if (!(weight > 0 && weight < Infinity && costMs >= 0 && costMs < Infinity)) {
      throw new RangeError(`weight ${weight} or cost ${costMs} ms of tenant ${tenantId} is out of range`);
    }
    if (this.nodes.has(entry)) throw new RangeError(`this entry of tenant ${tenantId} waits already`);
    const lane = this.lanes.get(tenantId) ?? this.openLane(tenantId, weight);
    lane.account.weight = weight;
    this.nodes.set(entry, lane.append(entry, this.accounts.nextSequence()));
    this.totalMs += costMs;
    if (lane.heapIndex < 0) this.order.push(lane);
  }

  /** The fairest entry, which `pop` would return. */
  peek(): FairEntry<T> | undefined {
    return this.order.peek()?.head?.entry;
  }

  pop(): FairEntry<T> | undefined {
    return this.serve(this.order.peek());
  }

  /**
   * Pops the fairest entry that `accept` takes, looking at each tenant's head only: order within a tenant is never
   * broken. O(k log tenants) when k heads are passed over.
   */
  popWhere(accept: (entry: FairEntry<T>) => boolean): FairEntry<T> | undefined {
    const passedOver: FairLane<FairEntry<T>>[] = [];
    let lane = this.order.peek();
    while (lane?.head !== undefined && !accept(lane.head.entry)) {
      this.order.remove(lane);
      passedOver.push(lane);
      lane = this.order.peek();
    }
    for (const other of passedOver) this.order.push(other);
    return this.serve(lane);
  }

  /**
   * Work that goes before a new entry of this tenant, were none to come after it: the tenant's own, and of the others what
   * they get until then by their weights, which of one with little waiting is no more than that. O(tenants waiting).
   */
  aheadMs(tenantId: string, weight: number): number {
    const own = this.lanes.get(tenantId);
    const ownMs = own?.totalMs ?? 0;
    const startsAt = this.accounts.timeOf(tenantId) + ownMs / weight;
    let aheadMs = ownMs;
    for (const lane of this.lanes.values()) {
      const { account, totalMs } = lane;
      if (lane !== own) aheadMs += Math.min(totalMs, account.weight * Math.max(0, startsAt - account.time));
    }
    return aheadMs;
  }

  /** Takes an entry out unserved; false when it is not waiting here. */
  remove(entry: FairEntry<T>): boolean {
    const node = this.nodes.get(entry);
    if (node === undefined) return false;
    this.unlink(node);
    return true;
  }

  /** Corrects a tenant's virtual time when the real cost differs from the predicted one. */
  charge(tenantId: string, deltaMs: number): void {
    this.accounts.charge(tenantId, deltaMs);
  }

  /** Whether this queue's head comes before the other's; meaningful only between queues that share accounts. */
  isFairerThan(other: FairQueue<T>): boolean {
    const mine = this.order.peek();
    const theirs = other.order.peek();
    return mine !== undefined && (theirs === undefined || mine.isBefore(theirs));
  }

  private serve(lane: FairLane<FairEntry<T>> | undefined): FairEntry<T> | undefined {
    const node = lane?.head;
    if (node === undefined) return undefined;
    this.accounts.serve(node.lane.account, node.entry.costMs);
    this.unlink(node);
    return node.entry;
  }

  private unlink(node: LaneNode<FairEntry<T>>): void {
    const { lane, entry } = node;
    lane.unlink(node);
    this.nodes.delete(entry);
    // Not a running difference alone: rounding errors would leave a backlog in an empty queue.
    this.totalMs = this.nodes.size === 0 ? 0 : this.totalMs - entry.costMs;
    if (lane.head === undefined) this.closeLane(lane);
    else lane.moved();
  }

  private openLane(tenantId: string, weight: number): FairLane<FairEntry<T>> {
    const lane = new FairLane<FairEntry<T>>(this.order, (opened) =>
      this.accounts.enter(tenantId, weight, opened),
    );
    this.lanes.set(tenantId, lane);
    return lane;
  }

  private closeLane(lane: FairLane<FairEntry<T>>): void {
    this.order.remove(lane);
    this.lanes.delete(lane.account.tenantId);
    this.accounts.leave(lane.account, lane);
  }
}
