import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IndexedHeap } from './indexed-heap.js';

const operation = fc.record({
  kind: fc.constantFrom('push', 'update', 'remove'),
  pick: fc.nat(),
  key: fc.nat(50),
});

describe('IndexedHeap', () => {
  it('has the least item first after any pushes, key changes and removals', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const heap = new IndexedHeap<{ key: number; heapIndex: number }>((a, b) => a.key < b.key);
        const model: { key: number; heapIndex: number }[] = [];
        for (const { kind, pick, key } of operations) {
          const item = model[pick % Math.max(1, model.length)];
          if (kind === 'push' || item === undefined) {
            const added = { key, heapIndex: -1 };
            model.push(added);
            heap.push(added);
          } else if (kind === 'update') {
            item.key = key;
            heap.update(item);
          } else {
            model.splice(model.indexOf(item), 1);
            heap.remove(item);
            expect(item.heapIndex).toBe(-1);
          }
          expect(heap.size).toBe(model.length);
          expect(heap.peek()?.key).toBe(
            model.length === 0 ? undefined : Math.min(...model.map((other) => other.key)),
          );
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
