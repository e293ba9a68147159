import type { FairAccount } from './fair-accounts.js';
import type { HeapItem, IndexedHeap } from './indexed-heap.js';

/** A place in a lane. */
export interface LaneNode<Entry extends { readonly costMs: number }> {
  readonly entry: Entry;
  readonly lane: FairLane<Entry>;
  /** Order of arrival over all lanes: breaks ties between tenants that were served alike. */
  readonly sequence: number;
  previous: LaneNode<Entry> | undefined;
  next: LaneNode<Entry> | undefined;
}

/**
 * One tenant's entries in order of arrival. A linked list, as any entry may be cancelled in O(1); a `Set` keeps
 * order too, but V8 walks over its deleted entries each time the first is asked for.
 */
export class FairLane<Entry extends { readonly costMs: number }> implements HeapItem {
  heapIndex = -1;
  head: LaneNode<Entry> | undefined;
  /** Predicted compute of all entries. */
  totalMs = 0;
  readonly account: FairAccount;
  private tail: LaneNode<Entry> | undefined;

  constructor(
    private readonly heap: IndexedHeap<FairLane<Entry>>,
    enter: (lane: FairLane<Entry>) => FairAccount,
  ) {
    this.account = enter(this);
  }

  isBefore(other: FairLane<Entry>): boolean {
    const ahead = this.account.time - other.account.time;
    return ahead === 0 ? (this.head?.sequence ?? 0) < (other.head?.sequence ?? 0) : ahead < 0;
  }

  moved(): void {
    if (this.heapIndex >= 0) this.heap.update(this);
  }

  append(entry: Entry, sequence: number): LaneNode<Entry> {
    const node = { entry, lane: this, sequence, previous: this.tail, next: undefined };
    if (this.tail === undefined) this.head = node;
    else this.tail.next = node;
    this.tail = node;
    this.totalMs += entry.costMs;
    return node;
  }

  unlink(node: LaneNode<Entry>): void {
    if (node.previous === undefined) this.head = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.tail = node.previous;
    else node.next.previous = node.previous;
    this.totalMs -= node.entry.costMs;
  }
}
