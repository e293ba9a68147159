import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { claimOf, describeLimitStore, readingOf } from './limit-store.conformance.js';
import { MemoryLimitStore } from './memory-limit.store.js';

/** Fractions of milliseconds happen: the installation's clock has them. */
class VirtualClock {
  nowMs = 1.7e12;
  now = () => this.nowMs;
}

describeLimitStore('limits in memory', () => {
  const clock = new VirtualClock();
  return Promise.resolve({
    store: new MemoryLimitStore(clock),
    now: clock.now,
    pass(ms: number) {
      clock.nowMs += ms;
      return Promise.resolve();
    },
  });
});

const rates = fc.record({
  perSecond: fc.oneof(fc.double({ min: 0.01, max: 50_000, noNaN: true }), fc.integer({ min: 1, max: 1_000 })),
  burst: fc.integer({ min: 1, max: 1_000 }),
});
const arrivals = fc.array(
  fc.record({
    afterMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 120 },
);

describe('the rate', () => {
  it('never admits more than burst + rate · t in any span of time', async () => {
    await fc.assert(
      fc.asyncProperty(rates, arrivals, async (rate, requests) => {
        const admitted = (await run(rate, requests)).filter((each) => each.admitted);
        for (const [first, { at: from }] of admitted.entries()) {
          let items = 0;
          for (const each of admitted.slice(first)) {
            items += each.items;
            expect(items).toBeLessThanOrEqual(
              rate.burst + (rate.perSecond * (each.at - from)) / 1_000 + 1e-3,
            );
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never refuses what would fit, and what it tells to wait fits after that wait and not before', async () => {
    await fc.assert(
      fc.asyncProperty(rates, arrivals, async (rate, requests) => {
        let [level, before] = [0, 0];
        for (const { at, items, admitted, waitMs } of await run(rate, requests)) {
          level = Math.max(0, level - ((at - before) * rate.perSecond) / 1_000);
          before = at;
          if (admitted) level += items;
          else {
            expect(level + items).toBeGreaterThan(rate.burst);
            const levelThen = level - (waitMs * rate.perSecond) / 1_000;
            expect(Math.abs(levelThen + items - rate.burst)).toBeLessThan(1e-3);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('admits the same number of items in whatever order those that come at once are asked', async () => {
    const units = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(units, fc.integer({ min: 12, max: 200 }), async (costs, burst) => {
        const total = async (order: readonly number[]) => {
          const requests = order.map((items) => ({ afterMs: 0, share: (items - 1) / (burst - 1) }));
          const results = await run({ perSecond: 1, burst }, requests);
          return results.reduce((sum, { items, admitted }) => sum + (admitted ? items : 0), 0);
        };
        const sum = costs.reduce((a, b) => a + b, 0);
        const largest = Math.max(...costs);
        for (const order of [costs, [...costs].reverse(), [...costs].sort((a, b) => a - b)]) {
          const admitted = await total(order);
          expect(admitted).toBeLessThanOrEqual(burst);
          // What is left over is less than the smallest that was refused.
          expect(admitted).toBeGreaterThan(Math.min(sum, burst) - largest);
        }
      }),
      { numRuns: 100 },
    );
  });
});

async function run(
  rate: { perSecond: number; burst: number },
  requests: readonly { afterMs: number; share: number }[],
) {
  const clock = new VirtualClock();
  const store = new MemoryLimitStore(clock);
  const results = [];
  for (const { afterMs, share } of requests) {
    clock.nowMs += afterMs;
    const items = 1 + Math.round(share * (rate.burst - 1));
    const reading = readingOf(await store.claim(claimOf({ tenantId: 'one', items, rate })));
    const admitted = reading.refusedBy === undefined;
    results.push({ at: clock.nowMs, items, admitted, waitMs: reading.rate?.waitMs ?? 0 });
  }
  return results;
}
