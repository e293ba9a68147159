import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from './redis.connection.js';

const testTimeoutMs = 30_000;

describe('a connection to Redis', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeEach(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
  });
  afterEach(async () => {
    process.kill(server.pid, 'SIGCONT');
    redis.disconnect();
    await server.stop();
  });

  it(
    'is given up when Redis hangs, so that its users hear of it, and what was asked is answered once Redis goes on',
    async () => {
      const errors: unknown[] = [];
      redis.on('error', (error: unknown) => errors.push(error));
      const closed = new Promise((resolve) => redis.once('close', resolve));
      process.kill(server.pid, 'SIGSTOP');
      const pong = redis.ping();
      await closed;
      expect(errors).toEqual([
        expect.objectContaining({ message: expect.stringContaining('Socket timeout') }),
      ]);
      process.kill(server.pid, 'SIGCONT');
      await expect(pong).resolves.toBe('PONG');
    },
    testTimeoutMs,
  );

  it(
    'outlives the longest blocked read of a worker that has nothing to do',
    async () => {
      let closed = 0;
      redis.on('close', () => closed++);
      await expect(redis.bzpopmin('nothing', 10)).resolves.toBeNull();
      expect(closed).toBe(0);
    },
    testTimeoutMs,
  );
});
