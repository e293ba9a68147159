import { afterEach, expect, it, jest } from '@jest/globals';
import { claimOf } from './limit-store.conformance.js';
import { MemoryLimitStore } from './memory-limit.store.js';
import { MeterLoader } from './meter-loader.js';

afterEach(() => {
  jest.restoreAllMocks();
});

it('leaves a meter that took too long to read to whoever took it over, and loses no settlement by it', async () => {
  let now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  const store = new MemoryLimitStore({ now: () => now });
  const meter = { name: 'quota.embed', period: '2026-11', limit: 100, amount: 1 };
  const claim = claimOf({ tenantId: 'ten_a', meters: [meter] });
  const slow = new MeterLoader(
    store,
    async () => {
      await store.settle('ten_a', 'req_other', {
        release: 'all',
        spent: { 'quota.embed': 7 },
        returnedItems: 0,
      });
      now += 5_000;
      expect(await store.beginLoad('ten_a', 'quota.embed', 5_000)).toBe(true);
      // Read before the settlement; the next try is too late for the caller.
      now += 4_000;
      return { used: 0, held: [] };
    },
    (error) => expect(error).toBeUndefined(),
  );
  await expect(slow.claim(claim)).rejects.toMatchObject({ code: 'limits.unavailable' });
  await store.finishLoad('ten_a', { name: 'quota.embed', period: '2026-11', used: 7, held: [] });
  const read = await store.claim({ ...claim, dryRun: true });
  expect(read).toMatchObject({ state: 'known', reading: { meters: [{ used: 7 }] } });
});
