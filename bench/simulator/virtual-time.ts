import { IndexedHeap, type HeapItem } from '../../libs/scheduling/indexed-heap.js';

interface Event extends HeapItem {
  at: number;
  sequence: number;
  action: () => void;
}

/** A clock that jumps from event to event; those of one instant happen in the order in which they were planned. */
export class VirtualTime {
  private ms = 0;
  private sequence = 0;
  private readonly events = new IndexedHeap<Event>((a, b) =>
    a.at === b.at ? a.sequence < b.sequence : a.at < b.at,
  );

  now(): number {
    return this.ms;
  }

  at(at: number, action: () => void): void {
    this.events.push({ at, sequence: this.sequence++, action, heapIndex: -1 });
  }

  every(ms: number, action: () => void): void {
    this.at(this.ms + ms, () => {
      action();
      this.every(ms, action);
    });
  }

  run(untilMs: number): void {
    for (let event = this.events.peek(); event !== undefined && event.at <= untilMs;) {
      this.events.remove(event);
      this.ms = event.at;
      event.action();
      event = this.events.peek();
    }
    this.ms = untilMs;
  }
}
