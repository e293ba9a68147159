import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { IdempotentRequest } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaIdempotencyStore } from './prisma-idempotency-store.js';
import { createSeal } from '#kernel';

const hourMs = 3_600_000;
const now = Date.now();
const reply = {
  translations: [{ text: 'Olá' }],
  requestId: 'req_1',
  usage: { unit: 'characters', amount: 5 },
};

describe.each(testBackends)('PrismaIdempotencyStore on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let store: PrismaIdempotencyStore;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    store = new PrismaIdempotencyStore(database, createSeal(Buffer.alloc(32, 7)));
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const begin = (key: string, differences: Partial<IdempotentRequest> = {}) =>
    store.begin({
      tenantId: 'ten_a',
      key,
      bodyHash: hashOf('body'),
      requestId: 'req_1',
      now,
      lockedUntil: now + 30_000,
      ...differences,
    });

  it('starts a key once, blocks it while it runs, and replays the reply afterwards', async () => {
    expect(await begin('once')).toEqual({ state: 'started', requestId: 'req_1' });
    expect(await begin('once', { requestId: 'req_2' })).toEqual({ state: 'in_flight', retryAfterS: 30 });
    await store.complete('ten_a', 'once', reply, now);
    const again = await begin('once', { requestId: 'req_3', now: now + 23 * hourMs });
    expect(again).toEqual({ state: 'replay', requestId: 'req_1', reply });
  });

  it('refuses another body under the same key, running or done', async () => {
    await begin('body');
    expect(await begin('body', { bodyHash: hashOf('other') })).toEqual({ state: 'mismatch' });
    await store.complete('ten_a', 'body', reply, now);
    expect(await begin('body', { bodyHash: hashOf('other') })).toEqual({ state: 'mismatch' });
  });

  it('keeps keys of different tenants apart', async () => {
    await begin('shared');
    expect(await begin('shared', { tenantId: 'ten_b', requestId: 'req_b' })).toMatchObject({
      requestId: 'req_b',
    });
    await store.abandon('ten_b', 'shared');
    expect(await begin('shared')).toMatchObject({ state: 'in_flight' });
  });

  it('runs a failed attempt anew, under its first id, so that usage counts once', async () => {
    await begin('failed');
    await store.abandon('ten_a', 'failed');
    expect(await begin('failed', { requestId: 'req_2' })).toEqual({ state: 'started', requestId: 'req_1' });
    expect(await begin('failed', { requestId: 'req_3' })).toMatchObject({ state: 'in_flight' });
  });

  it('gives the key of a failed attempt free for another body, under a new id', async () => {
    await begin('mended');
    await store.abandon('ten_a', 'mended');
    const other = { requestId: 'req_2', bodyHash: hashOf('other') };
    expect(await begin('mended', other)).toEqual({ state: 'started', requestId: 'req_2' });
  });

  it('lets a crashed attempt be taken over once its lock is over, under its first id, so that usage counts once', async () => {
    await begin('crashed');
    const retry = { requestId: 'req_2', now: now + 30_000, lockedUntil: now + 60_000 };
    expect(await begin('crashed', { ...retry, now: now + 29_999 })).toMatchObject({ state: 'in_flight' });
    expect(await begin('crashed', { ...retry, bodyHash: hashOf('other') })).toEqual({ state: 'mismatch' });
    expect(await begin('crashed', retry)).toEqual({ state: 'started', requestId: 'req_1' });
    expect(await begin('crashed', { ...retry, requestId: 'req_3' })).toMatchObject({ state: 'in_flight' });
  });

  it('forgets a reply after 24 hours, and then takes another body under a new id', async () => {
    await begin('old');
    await store.complete('ten_a', 'old', reply, now);
    const next = {
      requestId: 'req_2',
      bodyHash: hashOf('other'),
      now: now + 24 * hourMs,
      lockedUntil: now + 25 * hourMs,
    };
    expect(await begin('old', next)).toEqual({ state: 'started', requestId: 'req_2' });
    expect(await begin('old', next)).toMatchObject({ state: 'in_flight' });
  });

  it('starts exactly one of ten attempts at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const attempts = Array.from({ length: 10 }, (_, n) =>
        begin(`race-${round}`, { requestId: `req_${n}` }),
      );
      const states = (await Promise.all(attempts)).map(({ state }) => state);
      expect(states.filter((state) => state === 'started')).toHaveLength(1);
      expect(states.filter((state) => state === 'in_flight')).toHaveLength(9);
    }
  });

  it('lets exactly one of ten retries take a crashed attempt over', async () => {
    await begin('race-crashed');
    const late = { now: now + 40_000, lockedUntil: now + 80_000 };
    const states = await Promise.all(Array.from({ length: 10 }, () => begin('race-crashed', late)));
    expect(states.filter(({ state }) => state === 'started')).toHaveLength(1);
  });

  it('stores no word of a reply or a body in clear', async () => {
    await begin('secret', { bodyHash: hashOf('a secret body') });
    await store.complete('ten_a', 'secret', { text: 'a secret answer' }, now);
    const rows = await database.transactSql(async (session) => {
      await session.query(
        `SELECT set_config('role', 'inferway_app', true), set_config('app.tenant_id', 'ten_a', true)`,
      );
      return session.query(`SELECT * FROM idempotent_replies WHERE key = 'secret'`);
    });
    const stored = Object.values(rows[0] ?? {}).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
    );
    expect(stored).toContain('secret');
    expect(stored.join()).not.toMatch(/answer|body/);
  });

  it('completing or abandoning a reply that stands already changes nothing', async () => {
    await begin('done');
    await store.complete('ten_a', 'done', reply, now);
    await store.complete('ten_a', 'done', { other: true }, now);
    await store.abandon('ten_a', 'done');
    expect(await begin('done')).toEqual({ state: 'replay', requestId: 'req_1', reply });
  });

  it('purges what has expired, of every tenant, and nothing else', async () => {
    const past = { now: now - 25 * hourMs, lockedUntil: now - 25 * hourMs + 1 };
    await store.purge();
    for (const tenantId of ['ten_a', 'ten_b', 'ten_c']) await begin('expired', { ...past, tenantId });
    await begin('fresh');
    expect(await store.purge()).toBe(3);
    expect(await store.purge()).toBe(0);
    expect(await begin('fresh')).toMatchObject({ state: 'in_flight' });
  });
});

function hashOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
