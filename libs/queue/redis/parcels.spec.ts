import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import { connectRedis } from '#redis';
import { QueueScripts, type Entry } from './queue.scripts.js';

const limits = { maxWaitingMs: 1e9, maxPayloadBytes: 1e9 };
const windowMs = 100;

/** Several entries in one job of BullMQ, each with a fate of its own. */
describe('parcels', () => {
  let server: RedisServer;
  let redis: Redis;
  let scripts: QueueScripts;
  let task: string;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
    scripts = new QueueScripts(redis, windowMs);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => {
    task = randomUUID();
  });

  const workerLives = (registration: object, engines = 1) =>
    scripts.beat(task, {
      id: JSON.stringify(registration),
      engines,
      registration: JSON.stringify(registration),
      ttlMs: 60_000,
    });
  const submit = async (...ids: string[]) => {
    for (const id of ids) await scripts.submit(task, [entry(id, 10)], limits);
  };
  const settle = (...ids: string[]) =>
    scripts.settle(
      task,
      ids.map((id) => ({ id, tookMs: 10, reply: Buffer.from('reply'), keepMs: 1_000 })),
    );
  /** As many entries as the window holds, and six that wait. */
  const fill = async (count = 10) => {
    await submit(...numbered(count), 'a', 'b', 'c', 'd', 'e', 'f');
  };
  const states = async (carrier: string, ids: string[]) =>
    (await scripts.claim(task, carrier, ids)).map(({ state }) => state);

  it('hold at most a dispatch of work each, in fair order', async () => {
    await workerLives({ parcels: true });
    await fill();
    expect(await settle(...numbered(5))).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('are not made while an engine may be idle, and made of what comes together when none is', async () => {
    await workerLives({ parcels: true });
    const sent = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => entry(id, 10));
    const { released } = await scripts.submit(task, sent, limits);
    expect(released).toEqual([['a'], ['b'], ['c'], ['d', 'e'], ['f']]);
  });

  it('are waited for when the window is full, as each job that ends would let one other go', async () => {
    const wide = new QueueScripts(redis, 3 * windowMs);
    for (const id of [...numbered(28), 'a', 'b', 'c', 'd', 'e', 'f'])
      await wide.submit(task, [entry(id, 10)], limits);
    const ends = (id: string) =>
      wide.settle(task, [{ id, tookMs: 10, reply: Buffer.from('reply'), keepMs: 1_000 }]);
    expect((await ends('1')).flat()).toEqual(['a', 'b', 'c']);
    expect(await ends('2')).toEqual([]);
    expect(await ends('3')).toEqual([]);
    expect((await ends('4')).flat()).toEqual(['d', 'e', 'f']);
  });

  it('are made for no worker of the version before, which would see the first entry alone', async () => {
    await workerLives({ parcels: true });
    await workerLives({});
    await fill(19);
    expect(await settle(...numbered(3))).toEqual([['a'], ['b'], ['c'], ['d']]);
    await workerLives({}, 0);
    expect(await settle(...numbered(15).slice(3))).toEqual([['e', 'f']]);
  });

  it('are taken once, however often their entries are handed over', async () => {
    await submit('a', 'b');
    expect(await states('a', ['a', 'b'])).toEqual(['taken', 'taken']);
    expect(await states('b', ['b'])).toEqual(['gone']);
    expect(await states('other', ['b', 'a'])).toEqual(['gone', 'gone']);
  });

  it('are taken apart when their worker has died: its other entries do not die with one a second time', async () => {
    await submit('a', 'b', 'c', 'd');
    await states('a', ['a', 'b', 'c', 'd']);
    await settle('a');
    expect(await states('a', ['a', 'b', 'c', 'd'])).toEqual(['gone', 'taken', 'alone', 'alone']);
    expect(await scripts.claim(task, 'c', ['c'])).toMatchObject([{ state: 'taken', claims: 2 }]);
    expect(await states('a', ['a', 'b', 'c', 'd'])).toEqual(['gone', 'taken', 'gone', 'alone']);
  });

  it('come back whole from a worker that had to stop, without those that it had answered', async () => {
    await submit('a', 'b', 'c');
    await states('a', ['a', 'b', 'c']);
    await settle('b');
    for (const id of ['a', 'c']) await scripts.handBack(task, id);
    expect(await scripts.claim(task, 'a', ['a', 'b', 'c'])).toMatchObject([
      { state: 'taken', claims: 1 },
      { state: 'gone' },
      { state: 'taken', claims: 1 },
    ]);
  });

  it('are left by whom nobody waits for any more, and by no one else', async () => {
    await submit('a', 'b');
    await scripts.cancel(task, 'a');
    expect(await states('a', ['a', 'b'])).toEqual(['gone', 'taken']);
  });
});

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

function entry(id: string, costMs: number): Entry {
  return {
    id,
    tenantId: 'tenant',
    weight: 1,
    lane: 'interactive',
    costMs,
    deadlineAt: systemClock.now() + 60_000,
    gatewayId: 'gateway',
    payload: Buffer.from('payload'),
    bytes: 7,
  };
}
