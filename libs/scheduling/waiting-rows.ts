import type { Row } from './batcher.types.js';
import type { FairEntry } from './fair-queue.js';
import { IndexedHeap, type HeapItem } from './indexed-heap.js';

/** A row in the waiting list, with the cost it was predicted to have when it came. */
export interface WaitingRow<T> extends FairEntry<Row<T>>, HeapItem {
  /** Order of arrival over all models. */
  readonly sequence: number;
}

/** The waiting rows by identity and by deadline. */
export class WaitingRows<T> {
  private readonly byRow = new Map<Row<T>, WaitingRow<T>>();
  private readonly byDeadline = new IndexedHeap<WaitingRow<T>>(
    (a, b) => a.value.deadlineAt < b.value.deadlineAt,
  );

  get size(): number {
    return this.byRow.size;
  }

  add(waiting: WaitingRow<T>): void {
    this.byRow.set(waiting.value, waiting);
    this.byDeadline.push(waiting);
  }

  get(row: Row<T>): WaitingRow<T> | undefined {
    return this.byRow.get(row);
  }

  delete(waiting: WaitingRow<T>): void {
    this.byRow.delete(waiting.value);
    this.byDeadline.remove(waiting);
  }

  /** The row whose deadline is next, if that has come. */
  expired(now: number): WaitingRow<T> | undefined {
    const next = this.byDeadline.peek();
    return next !== undefined && next.value.deadlineAt <= now ? next : undefined;
  }
}
