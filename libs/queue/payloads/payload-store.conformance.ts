import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { isReference, type PayloadStore } from './payload.store.js';

/** A store, and what only a test may know of it. */
export interface StoreUnderTest {
  store: PayloadStore;
  /** How many payloads lie there. */
  count: () => Promise<number>;
  /** Has at least so much time pass for the store. */
  pass: (ms: number) => Promise<void>;
}

const pollMs = 20;
const longMs = 60_000;
const task = 'classify-image';

/** What every adapter of the `PayloadStore` port guarantees. `make` gives an empty one. */
export function describePayloadStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a payload store`, () => {
    it('gives back every byte, to whoever has task, id and reference', async () => {
      const { store } = await make();
      const payloads = [randomBytes(1_000_000), Buffer.of(0), Buffer.of(1, 255)];
      const references = await Promise.all(
        payloads.map((each, i) => store.put(task, `req_${i}`, each, longMs)),
      );
      for (const [i, reference] of references.entries()) {
        expect(isReference(reference)).toBe(true);
        const found = await store.get(task, `req_${i}`, reference);
        expect(found?.equals(payloads[i] ?? Buffer.alloc(0))).toBe(true);
      }
    });

    it('has nothing left of what was deleted, and deletes twice without a complaint', async () => {
      const { store, count } = await make();
      const reference = await store.put(task, 'req_a', randomBytes(100), longMs);
      expect(await count()).toBe(1);
      await store.delete(task, 'req_a', reference);
      await store.delete(task, 'req_a', reference);
      expect(await store.get(task, 'req_a', reference)).toBeUndefined();
      expect(await count()).toBe(0);
    });

    it('gives and keeps nothing past its time, though nobody deletes it, and everything else', async () => {
      const { store, count, pass } = await make();
      const late = await store.put(task, 'req_late', randomBytes(100), 50);
      const kept = await store.put(task, 'req_kept', Buffer.from('kept'), longMs);
      await pass(50);
      while ((await count()) > 1) {
        await store.sweep();
        await sleep(pollMs);
      }
      expect(await store.get(task, 'req_late', late)).toBeUndefined();
      expect(await store.get(task, 'req_kept', kept)).toEqual(Buffer.from('kept'));
    });

    it('has no outage to tell of', async () => {
      const { store } = await make();
      expect(store.outage).toBeUndefined();
    });
  });
}
