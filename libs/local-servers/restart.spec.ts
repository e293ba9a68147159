import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from './index.js';

const timeoutMs = 120_000;
/** Redis's own means to make loading take its time, a pause for each command of its log; and the log has all of them. */
const slowly = ['--key-load-delay', '1000', '--appendfsync', 'always'];
const keys = 6_000;

describe('a server of this machine that is started again', () => {
  let server: RedisServer | PostgresServer | undefined;
  afterEach(() => server?.stop());

  const fill = async (redis: RedisServer) => {
    const client = new Redis(redis.url);
    const commands = client.pipeline();
    for (let i = 0; i < keys; i++) commands.set(`key:${i}`, 'value');
    await commands.exec();
    client.disconnect();
  };

  it(
    'is waited for while it says that it reads its data, longer than one that says nothing',
    async () => {
      const redis = await startRedis({ settings: slowly, patience: { startMs: 2_000, recoveryMs: 60_000 } });
      server = redis;
      await fill(redis);
      await redis.crash();
      const begunAt = performance.now();
      await redis.restart();
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
      const redis = await startRedis({ settings: slowly, patience: { startMs: 2_000, recoveryMs: 1_000 } });
      server = redis;
      await fill(redis);
      await redis.crash();
      await expect(redis.restart()).rejects.toThrow('it still read its data after');
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
      await expect(server.restart()).rejects.toThrow(new RegExp(`^port ${port} of 127.0.0.1, .*\\)$`));
      other.close();
      await once(other, 'close');
      await server.restart();
    },
    timeoutMs,
  );
});
