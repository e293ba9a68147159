import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from './index.js';
import { isRedisLoading } from './recovering.js';

const timeoutMs = 120_000;
/** Redis's own means to make loading take its time, a pause for each command of its log; and the log has all of them. */
const slowly = ['--key-load-delay', '1000', '--appendfsync', 'always'];
const keys = 6_000;

describe('a server of this machine that is started again', () => {
  let server: RedisServer | PostgresServer | undefined;
  afterEach(() => server?.stop());

  /** One that was killed, and takes six seconds and more to come up. */
  const crashedWithMuch = async () => {
    const redis = await startRedis({ settings: slowly });
    server = redis;
    const client = new Redis(redis.url);
    const commands = client.pipeline();
    for (let i = 0; i < keys; i++) commands.set(`key:${i}`, 'value');
    await commands.exec();
    client.disconnect();
    await redis.crash();
    return redis;
  };

  it(
    'is waited for while it says that it reads its data, longer than one that says nothing',
    async () => {
      const redis = await crashedWithMuch();
      const begunAt = performance.now();
      await redis.restart({ patience: { startMs: 2_000, recoveryMs: 60_000 } });
      expect(performance.now() - begunAt).toBeGreaterThan(2_000);
      const client = new Redis(redis.url);
      expect(await client.dbsize()).toBe(keys);
      client.disconnect();
    },
    timeoutMs,
  );

  it(
    'is not waited for beyond a bound',
    async () => {
      const redis = await crashedWithMuch();
      const again = redis.restart({ patience: { startMs: 2_000, recoveryMs: 1_000 } });
      await expect(again).rejects.toThrow('it still read its data after');
    },
    timeoutMs,
  );

  it(
    'is not waited for once that is called off, and is gone then',
    async () => {
      const redis = await crashedWithMuch();
      const port = Number(new URL(redis.url).port);
      const stopped = new AbortController();
      const again = redis.restart({ stopped: stopped.signal }).catch((error: unknown) => error);
      const endsAt = performance.now() + timeoutMs / 2;
      while (performance.now() < endsAt && !(await isRedisLoading(port)));
      stopped.abort();
      expect(await again).toMatchObject({ message: expect.stringContaining('it ended with SIGKILL') });
      const next = createServer().listen(port, '127.0.0.1');
      await once(next, 'listening');
      next.close();
    },
    timeoutMs,
  );

  it.each([
    [
      'Redis',
      startRedis,
      (redis: RedisServer) => Number(new URL(redis.url).port),
      'Ready to accept connections',
    ],
    ['Postgres', startPostgres, (postgres: PostgresServer) => postgres.port, 'immediate shutdown request'],
  ])(
    'of %s: its last words are kept, and who has its port is told in one line',
    async (_, start: () => Promise<RedisServer | PostgresServer>, portOf: (of: never) => number, words) => {
      server = await start();
      await server.crash();
      expect(server.lastWords).toContain(words);
      const port = portOf(server as never);
      const other = createServer().listen(port, '127.0.0.1');
      await once(other, 'listening');
      try {
        await expect(server.restart()).rejects.toThrow(new RegExp(`^port ${port} of 127.0.0.1, .*\\)$`));
      } finally {
        other.close();
        await once(other, 'close');
      }
      await server.restart();
    },
    timeoutMs,
  );
});
