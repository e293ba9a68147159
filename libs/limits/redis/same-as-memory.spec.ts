import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import { claimOf, readingOf } from '../limit-store.conformance.js';
import type { LimitStore } from '../limit.store.js';
import { MemoryLimitStore } from '../memory-limit.store.js';
import { RedisLimitStore } from './redis-limit.store.js';

/** Nothing comes back and nothing expires while a sequence runs: the two clocks do not matter. */
const frozen = { perSecond: 1e-9, burst: 40 };
const names = ['quota.embed', 'budget'] as const;

const amounts = fc.record({ 'quota.embed': fc.nat(30), budget: fc.nat(30) });
const mostIds = 12;
const id = fc.nat(mostIds).map(String);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      id,
      items: fc.integer({ min: 1, max: 12 }),
      amounts,
      lasting: fc.boolean(),
      dryRun: fc.boolean(),
      limited: fc.record({ rate: fc.boolean(), concurrency: fc.boolean() }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      id,
      release: fc.oneof(fc.constant('all' as const), amounts),
      spent: amounts,
      returnedItems: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('begin' as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      name: fc.constantFrom(...names),
      /** Of the loads that have begun, whichever meter it was: most are over or taken over. */
      back: fc.nat(3),
      used: fc.nat(50),
      held: fc.uniqueArray(fc.record({ id, amount: fc.integer({ min: 1, max: 20 }) }), {
        selector: (hold) => hold.id,
        maxLength: 3,
      }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('limits in Redis and in memory', () => {
  let server: RedisServer;
  let redis: Redis;
  let runs = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('admit, refuse and count alike, whatever is claimed, settled and loaded, and hold nothing in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
        const tenantId = `same-${++runs}`;
        // As Redis's, it is later at each step.
        let now = Date.now();
        const stores = [new MemoryLimitStore({ now: () => (now += 0.001) }), new RedisLimitStore(redis)];
        const sides = stores.map((store) => ({ store, loads: [] }));
        for (const side of sides) {
          for (const name of names) {
            await take(side, tenantId, { kind: 'begin', name });
            await take(side, tenantId, { kind: 'finish', name, back: 0, used: 0, held: [] });
          }
        }
        for (const each of steps) {
          const [memory, other] = await Promise.all(sides.map((side) => take(side, tenantId, each)));
          expect(other).toEqual(memory);
        }
        for (const store of stores) expect(await whatIsLeft(store, tenantId)).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** Items in work and what is held of each meter once everything is settled. */
async function whatIsLeft(store: LimitStore, tenantId: string): Promise<number[]> {
  for (let i = 0; i <= mostIds; i++)
    await store.settle(tenantId, String(i), { release: 'all', spent: {}, returnedItems: 0 });
  const meters = names.map((name) => ({ name, period: 'p', limit: 1, amount: 0 }));
  const { inWork, meters: left } = readingOf(await store.claim(claimOf({ tenantId, dryRun: true, meters })));
  return [inWork, ...left.map(({ held }) => held)];
}

/** A store and the loads that have begun there. */
interface Side {
  store: LimitStore;
  loads: string[];
}

async function take({ store, loads }: Side, tenantId: string, each: Step): Promise<unknown> {
  switch (each.kind) {
    case 'claim':
      return claim(store, tenantId, each);
    case 'settle':
      await store.settle(tenantId, each.id, each);
      break;
    case 'begin':
      loads.push((await store.beginLoad(tenantId, each.name, 0)) ?? 'none');
      break;
    case 'finish':
      await store.finishLoad(tenantId, loads.at(-1 - each.back) ?? 'none', {
        name: each.name,
        period: 'p',
        used: each.used,
        held: each.held.map((hold) => ({ ...hold, expiresAt: Date.now() + 600_000 })),
      });
  }
  return undefined;
}

async function claim(
  store: LimitStore,
  tenantId: string,
  { id: name, items, amounts: wanted, lasting, dryRun, limited }: Extract<Step, { kind: 'claim' }>,
): Promise<unknown> {
  const claimed = await store.claim(
    claimOf({
      ...{ tenantId, id: name, items, lasting, dryRun },
      meters: names.map((meter) => ({ name: meter, period: 'p', limit: 100, amount: wanted[meter] })),
      ...(limited.rate && { rate: frozen }),
      ...(limited.concurrency && { concurrency: 20 }),
    }),
  );
  if (claimed.state === 'unknown') return claimed;
  const { refusedBy, rate, inWork, meters } = claimed.reading;
  return {
    refusedBy,
    remaining: rate === undefined ? undefined : Math.round(rate.remaining),
    inWork,
    meters: meters.map(({ used, held }) => ({ used, held })),
  };
}
