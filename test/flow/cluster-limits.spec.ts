import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { openDatabase, type Database } from '#persistence';
import { ClusterProcess } from '#testing';
import { limitedKey } from '../../libs/testing/limited-key.js';
import { runInferway } from '../setup/run-inferway.js';

const startTimeoutMs = 180_000;
const text = 'Good morning, everyone.';

/** Limits of one tenant over all gateways of a cluster, with real gateways, workers, Redis and Postgres. */
describe('limits in a cluster of two gateways', () => {
  let cluster: ClusterProcess;
  let database: Database;
  let redis: Redis;
  let asked = 0;

  beforeAll(async () => {
    cluster = await ClusterProcess.start({ gateways: 2, workers: 1 }, { WORKER_MODELS: 'minilm-*' });
    database = await openDatabase({ url: cluster.description.databaseUrl });
    redis = new Redis(cluster.description.redisUrl, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
  }, startTimeoutMs);
  afterAll(async () => {
    redis.disconnect();
    await database.close();
    await cluster.stop();
  }, startTimeoutMs);

  const oneAfterTheOther = () => {
    const { urls } = cluster.description;
    return urls[asked++ % urls.length] ?? '';
  };
  const embed = async (
    key: string,
    headers: Record<string, string> = {},
    items = 1,
    gateway = oneAfterTheOther(),
  ) => {
    const reply = await fetch(`${gateway}/v1/embed`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ text: Array.from({ length: items }, () => text) }),
    });
    return { status: reply.status, body: await reply.text(), left: reply.headers.get('ratelimit') };
  };

  it('a key that the command line revokes is refused by both within two seconds', async () => {
    const key = await limitedKey(database, { concurrency: 1 });
    const { urls } = cluster.description;
    const ask = async (url: string) => {
      const sentAt = Date.now();
      const reply = await fetch(`${url}/v1/limits`, { headers: { authorization: `Bearer ${key}` } });
      return { sentAt, status: reply.status, body: await reply.text() };
    };
    for (const url of urls) expect((await ask(url)).status).toBe(200);
    const revoked = await runInferway(
      { INFERWAY_HOME: cluster.home },
      ...['keys', 'revoke', key.split('_')[2] ?? '', '--json'],
    );
    const revokedAt = z.object({ revokedAt: z.coerce.date() }).parse(JSON.parse(revoked.stdout)).revokedAt;
    // Whatever is sent later is refused, however slow this machine is; what was sent before may be either.
    for (const url of urls)
      await cluster.until('it is refused', async () => {
        const { sentAt, status, body } = await ask(url);
        if (sentAt < revokedAt.getTime() + 2_000 && status === 200) return false;
        expect({ status, body }).toEqual({ status: 401, body: expect.stringContaining('auth.revoked_key') });
        return true;
      });
  }, 60_000);

  it('a rate is the sum of what all gateways admit', async () => {
    const key = await limitedKey(database, { ratePerSecond: 0.001, burst: 40 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => embed(key, {}, 2)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10);
  });

  it('a quota holds over gateways, and comes back from the usage log when Redis has lost everything', async () => {
    const limit = 4 * text.length;
    const key = await limitedKey(database, { monthlyUnits: { embed: limit } });
    for (let i = 1; i <= 3; i++) {
      const { status, left } = await embed(key);
      expect({ status, left }).toEqual({
        status: 200,
        left: expect.stringContaining(`r=${limit - i * text.length};`),
      });
    }
    await redis.flushall();
    expect((await embed(key, {}, 2)).status).toBe(402);
    expect((await embed(key)).status).toBe(200);
    expect((await embed(key)).status).toBe(402);
  });

  it('refuses limited tenants at once while Redis is away, and serves them when it is back', async () => {
    const key = await limitedKey(database, { ratePerSecond: 100, burst: 100 });
    await cluster.redis.crash();
    try {
      const askedAt = performance.now();
      const { status, body } = await embed(key);
      expect({ status, body }).toEqual({ status: 503, body: expect.stringContaining('limits.unavailable') });
      expect(performance.now() - askedAt).toBeLessThan(3_000);
    } finally {
      await cluster.redis.restart();
    }
    await cluster.until('they are served again', async () => (await embed(key)).status === 200);
  }, 60_000);

  it('admits limited tenants uncounted while Redis is away where LIMITS_WITHOUT_REDIS says so, and tells of it', async () => {
    const key = await limitedKey(database, { ratePerSecond: 100, burst: 100 });
    const url = await cluster.add('gateway', { LIMITS_WITHOUT_REDIS: 'admit' });
    await cluster.redis.crash();
    try {
      // Past the limits, the queue is what it lacks.
      const { body } = await embed(key, { 'x-deadline-ms': '1000' }, 1, url);
      expect(body).toMatch(/queue\.unavailable|deadline\.exceeded/);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^inferway_limit_outages_total\{outcome="admitted"\} [1-9]/m);
      await cluster.until('the log has it', () =>
        /"outcome":"admitted".*cannot be checked/.test(cluster.output),
      );
    } finally {
      await cluster.redis.restart();
    }
    await cluster.until('it serves them again', async () => (await embed(key, {}, 1, url)).status === 200);
  }, 60_000);

  it('frees what a killed gateway held when the deadlines of its requests are over', async () => {
    const key = await limitedKey(database, { concurrency: 2 });
    const workers = cluster.pids('worker');
    // A worker that stands still keeps the request in work.
    for (const pid of workers) process.kill(pid, 'SIGSTOP');
    try {
      const statuses: number[] = [];
      const sent: Promise<unknown>[] = [];
      const ask = () => embed(key, { 'x-deadline-ms': '5000' }).then(({ status }) => statuses.push(status));
      await cluster.until('as many are in work as may be', () => {
        sent.push(ask().catch(() => undefined));
        return statuses.includes(429);
      });
      for (const pid of cluster.pids('gateway')) process.kill(pid, 'SIGKILL');
      await Promise.all(sent);
    } finally {
      for (const pid of workers) process.kill(pid, 'SIGCONT');
    }
    await cluster.until('they are free again', async () => {
      const { status } = await embed(key, {}, 2).catch(() => ({ status: 0 }));
      return status === 200;
    });
  }, 60_000);
});
