import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import { describePayloadStore } from './payload-store.conformance.js';
import { RedisPayloadStore } from './redis.payload.store.js';

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

describePayloadStore('Redis', async () => {
  await redis.flushall();
  return {
    store: new RedisPayloadStore(redis),
    count: async () => (await redis.keys('*')).length,
    pass: (ms) => sleep(ms),
  };
});

describe('a worker without a bucket', () => {
  it('refuses by name what a gateway has put into one', async () => {
    const read = new RedisPayloadStore(redis).get('embed', 'req_a', Buffer.from('\0name'));
    await expect(read).rejects.toMatchObject({ code: 'payloads.unavailable' });
  });
});
