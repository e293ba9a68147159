import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import type { Lane } from '#scheduling';
import { QueueScripts } from './queue.scripts.js';

const limits = { maxWaitingMs: 1e9, maxPayloadBytes: 1e9 };
const tenantId = 'tenant';
const costMs = 100;

describe('the door by deadline in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let scripts: QueueScripts;
  let task: string;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
    scripts = new QueueScripts(redis, 0);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    task = randomUUID();
  });

  const below = (name: string) => `inferway:{${task}}:${name}`;
  const submit = async (lane: Lane, leftMs = 60_000) => {
    const deadlineAt = systemClock.now() + leftMs;
    const sent = { id: randomUUID(), tenantId, weight: 1, lane, costMs, deadlineAt };
    const entry = { ...sent, gatewayId: 'gateway', payload: Buffer.from('payload'), bytes: 7 };
    const { answers } = await scripts.submit(task, [entry], limits);
    return answers[0]?.state;
  };
  const submitMany = async (lane: Lane, count: number) => {
    for (let i = 0; i < count; i++) await submit(lane);
  };
  const measureOne = () =>
    redis.hset(below('state'), { measuredWork: 1e4, measuredBusy: 1e4, measuredAt: systemClock.now() });

  it('counts of what is released no more than a window: a large job may be nearly done', async () => {
    await submitMany('interactive', 1);
    await redis.hset(below('state'), { releasedMs: 1e6 });
    await measureOne();
    expect(await submit('interactive', 2_000)).toBe('ok');
  });

  // Programs of the version before move bulk entries and do not count them apart.
  it.each([undefined, -costMs])(
    'refuses nobody for bulk work of its own that nobody has counted (%p)',
    async (counted) => {
      await submitMany('bulk', 100);
      await submitMany('interactive', 1);
      await redis.hdel(below('owed:bulk'), tenantId);
      if (counted !== undefined) await redis.hset(below('owed:bulk'), tenantId, counted);
      await measureOne();
      expect(await submit('interactive', 2_000)).toBe('ok');
    },
  );

  it('refuses nobody for bulk work that was taken out uncounted, nor counts it with what comes next', async () => {
    await submitMany('interactive', 1);
    await redis.hset(below('state'), { bulkMs: 1e6, interactive: 1e6 });
    await measureOne();
    expect(await submit('interactive', 2_000)).toBe('ok');
    await submit('bulk');
    expect(Number(await redis.hget(below('state'), 'bulkMs'))).toBe(costMs);
  });

  it('takes bulk work that more was taken out of than was counted for none, not for less', async () => {
    await submitMany('interactive', 100);
    await submitMany('bulk', 1);
    await redis.hset(below('state'), { bulkMs: -1e6 });
    await measureOne();
    expect(await submit('interactive', 2_000)).toBe('deadline');
  });
});
