import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import { claimOf, describeLimitStore, readingOf } from '../limit-store.conformance.js';
import { flood } from './fixtures/flood.js';
import { RedisLimitStore } from './redis-limit.store.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = connectRedis(server.url);
  await redis.connect();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describeLimitStore('limits in Redis', () =>
  Promise.resolve({ store: new RedisLimitStore(redis), pass: (ms) => delay(ms + 1), now: Date.now }),
);

describe('limits of several gateways', () => {
  it('admit as one would: a flood gets burst + rate · t', async () => {
    const rate = { perSecond: 100, burst: 100 };
    const { accepted, seconds } = await flood({ url: server.url, gateways: 4, seconds: 3, rate });
    const expected = rate.burst + rate.perSecond * seconds;
    expect(accepted).toBeLessThanOrEqual(expected + 1);
    expect(accepted).toBeGreaterThanOrEqual(expected * 0.99 - 1);
  });

  it('never let more items into work than the tenant may have, whoever asks', async () => {
    const clients = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const client = connectRedis(server.url);
        await client.connect();
        return client;
      }),
    );
    const stores = clients.map((client) => new RedisLimitStore(client));
    const ask = async (i: number) => {
      const claim = claimOf({ tenantId: 'crowd', concurrency: 50, items: 1 + (i % 3) });
      const claimed = await (stores[i % 4] ?? new RedisLimitStore(redis)).claim(claim);
      return { claim, claimed };
    };
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => ask(i)));
    const admitted = answers.filter(({ claimed }) => readingOf(claimed).refusedBy === undefined);
    const items = admitted.reduce((sum, { claim }) => sum + claim.items, 0);
    expect(items).toBeLessThanOrEqual(50);
    expect(items).toBeGreaterThan(47);
    for (const client of clients) client.disconnect();
  });

  it('one script, one round trip, whatever is limited', async () => {
    const store = new RedisLimitStore(redis);
    const load = (await store.beginLoad('trips', 'quota.embed', 1_000)) ?? '';
    await store.finishLoad('trips', load, { name: 'quota.embed', period: 'p', used: 0, held: [] });
    const calls = async () =>
      Number(/calls=(\d+)/.exec((await redis.info('commandstats')).split('cmdstat_evalsha:')[1] ?? '')?.[1]);
    const before = await calls();
    const meters = [{ name: 'quota.embed', period: 'p', limit: 10, amount: 1 }];
    await store.claim(
      claimOf({ tenantId: 'trips', rate: { perSecond: 1, burst: 9 }, concurrency: 3, meters }),
    );
    expect(await calls()).toBe(before + 1);
  });
});

describe('a gateway that is busy for longer than Redis may take to answer', () => {
  it('sends and reads what waits for it before it gives up', async () => {
    const asked = new RedisLimitStore(redis).claim(claimOf({ tenantId: 'busy', concurrency: 1 }));
    const until = performance.now() + 1_100;
    while (performance.now() < until);
    expect(readingOf(await asked).refusedBy).toBeUndefined();
  });
});

describe('a Redis that is away', () => {
  it('is said at once, and over when it is back, with what was written down', async () => {
    const own = await startRedis({ settings: ['--appendfsync', 'always'] });
    const client = connectRedis(own.url);
    client.on('error', () => undefined);
    await client.connect();
    const store = new RedisLimitStore(client);
    const ask = () => store.claim(claimOf({ tenantId: 'away', concurrency: 1 }));
    await ask();
    await own.crash();
    await expect(ask()).rejects.toMatchObject({ code: 'limits.unavailable' });
    await own.restart();
    await once(client, 'ready');
    expect(readingOf(await ask()).refusedBy).toBe('concurrency');
    client.disconnect();
    await own.stop();
  });
});
