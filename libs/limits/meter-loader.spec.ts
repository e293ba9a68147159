import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { claimOf } from './limit-store.conformance.js';
import { MemoryLimitStore } from './memory-limit.store.js';
import { MeterLoader, type ReadConsumption } from './meter-loader.js';

const meter = { name: 'quota.embed', period: '2026-11', limit: 100, amount: 1 };
const claim = claimOf({ tenantId: 'ten_a', meters: [meter] });

describe('a meter whose reading takes long', () => {
  let now = 0;
  let store: MemoryLimitStore;
  beforeEach(() => {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    store = new MemoryLimitStore({ now: () => now });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const loaderOf = (read: ReadConsumption) =>
    new MeterLoader(store, read, (error) => expect(error).toBeUndefined());
  const used = async () => {
    const read = await store.claim({ ...claim, dryRun: true });
    return read.state === 'known' ? read.reading.meters[0]?.used : undefined;
  };

  it('is loaded, once, however long that is, while nobody else takes it over', async () => {
    let reads = 0;
    const slow = loaderOf(() => {
      reads += 1;
      now += 20_000;
      return Promise.resolve({ used: 7, held: [] });
    });
    expect(await slow.claim(claim)).toMatchObject({ meters: [{ used: 7 }] });
    expect(reads).toBe(1);
  });

  it('is left to whoever took it over, and loses no settlement by it', async () => {
    let takenOver: string | undefined;
    const slow = loaderOf(async () => {
      const spent = { 'quota.embed': 7 };
      await store.settle('ten_a', 'req_other', { release: 'all', spent, returnedItems: 0 });
      now += 5_000;
      takenOver = await store.beginLoad('ten_a', meter.name, 5_000);
      // Read before the settlement; the next try is too late for the caller.
      now += 4_000;
      return { used: 0, held: [] };
    });
    await expect(slow.claim(claim)).rejects.toMatchObject({ code: 'limits.unavailable' });
    await store.finishLoad('ten_a', takenOver ?? '', { ...meter, used: 7, held: [] });
    expect(await used()).toBe(7);
  });

  it('is loaded by one of two processes, which do not take over from each other for ever', async () => {
    const reads: string[] = [];
    const ended = Promise.withResolvers<undefined>();
    const second = loaderOf(async () => {
      reads.push('second');
      await ended.promise;
      return { used: 7, held: [] };
    });
    let admitted: Promise<unknown> = Promise.resolve();
    const first = loaderOf(async () => {
      reads.push('first');
      now = 5_000;
      admitted = second.claim(claim);
      await turnOfTheLoop();
      now = 8_000;
      return { used: 0, held: [] };
    });
    await expect(first.claim(claim)).rejects.toMatchObject({ code: 'limits.unavailable' });
    now = 12_000;
    const again = first.claim(claim);
    await turnOfTheLoop();
    ended.resolve(undefined);
    await Promise.all([again, admitted]);
    expect(reads).toEqual(['first', 'second']);
    expect(await used()).toBe(7);
  });
});
