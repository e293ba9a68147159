/** Something that remembers its place in the heap that holds it, so that it is moved or taken out without a search. */
export interface HeapItem {
  /** Written by the heap; -1 while in none. */
  heapIndex: number;
}

/** A binary min-heap: `push`, `update` and `remove` in O(log n), `peek` in O(1). */
export class IndexedHeap<Item extends HeapItem> {
  private readonly items: Item[] = [];

  constructor(private readonly isBefore: (a: Item, b: Item) => boolean) {}

  get size(): number {
    return this.items.length;
  }

  peek(): Item | undefined {
    return this.items[0];
  }

  push(item: Item): void {
    this.siftUp(item, this.items.length);
  }

  /** Restores the order after the item's key has changed. */
  update(item: Item): void {
    const index = item.heapIndex;
    this.siftUp(item, index);
    if (item.heapIndex === index) this.siftDown(item, index);
  }

  remove(item: Item): void {
    const index = item.heapIndex;
    const last = this.items.pop();
    item.heapIndex = -1;
    if (last === undefined || last === item) return;
    this.place(last, index);
    this.update(last);
  }

  private siftUp(item: Item, start: number): void {
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.items[parentIndex];
      if (parent === undefined || !this.isBefore(item, parent)) break;
      this.place(parent, index);
      index = parentIndex;
    }
    this.place(item, index);
  }

  private siftDown(item: Item, start: number): void {
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.items[childIndex];
      const right = this.items[childIndex + 1];
      if (child !== undefined && right !== undefined && this.isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (child === undefined || !this.isBefore(child, item)) break;
      this.place(child, index);
      index = childIndex;
    }
    this.place(item, index);
  }

  private place(item: Item, index: number): void {
    this.items[index] = item;
    item.heapIndex = index;
  }
}
