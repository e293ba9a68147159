import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '#kernel';
import { startPostgres, type PostgresServer } from '#local-servers';
import { usageRow } from './fixtures/usage-row.js';
import { GroupCommitUsageLog } from './group-commit-usage-log.js';
import { migrate } from './migrate.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaKeyStore } from './prisma-key-store.js';

describe('an outage of the Postgres server', () => {
  let server: PostgresServer;
  let url: string;
  let database: Database;

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase('outage');
    database = await openDatabase({ url, connectTimeoutMs: 1_000 });
    await migrate(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  it('delays the meter, which then writes every row once', async () => {
    const log = new GroupCommitUsageLog(database, { retryForMs: 30_000 });
    await log.record([usageRow({ requestId: 'before' })]);
    await server.crash();
    const during = Array.from({ length: 20 }, (_, n) => log.record([usageRow({ requestId: `during-${n}` })]));
    await server.restart();
    await Promise.all(during);
    const [bucket] = await log.report('ten_a', { from: new Date('2026-11-24'), to: new Date('2026-11-24') });
    expect(bucket).toMatchObject({ items: 21, amount: 210 });
  }, 60_000);

  it('is told from an address that names no database, so that nobody looks for one', async () => {
    await expect(openDatabase({ url: url.replace(/outage$/, 'none') })).rejects.toThrow(
      'does not answer: database "none" does not exist',
    );
  });

  it('that lasts too long is an error that may be retried, never a lost row or a crash', async () => {
    const log = new GroupCommitUsageLog(database, { retryForMs: 200 });
    const keys = new PrismaKeyStore(database);
    await server.crash();
    try {
      await expect(log.record([usageRow({ requestId: 'lost?' })])).rejects.toMatchObject({
        code: 'overloaded',
      });
      await expect(keys.findKey('k')).rejects.toMatchObject({ code: 'overloaded', status: 503 });
      await expect(keys.list({ limit: 10 })).rejects.toMatchObject({ code: 'overloaded' });
      await expect(openDatabase({ url })).rejects.toThrow(/does not answer: connect ECONNREFUSED/);
      const twoAddresses = url.replace('127.0.0.1', 'localhost');
      await expect(openDatabase({ url: twoAddresses })).rejects.toThrow(/does not answer: .*ECONNREFUSED/);
    } finally {
      await server.restart();
    }
    await log.record([usageRow({ requestId: 'after' })]);
    expect(await keys.list({ limit: 10 })).toEqual([]);
  }, 60_000);

  it('at any moment of a transaction is an error that may be retried', async () => {
    const keys = new PrismaKeyStore(database);
    const codes = new Set<string>();
    let isOver = false;
    const ask = async () => {
      while (!isOver) {
        await keys.list({ limit: 10 }).catch(async (error: unknown) => {
          codes.add(AppError.from(error).code);
          await sleep(3);
        });
      }
    };
    const clients = Array.from({ length: 20 }, ask);
    for (let crash = 0; crash < 5; crash++) {
      await sleep(300);
      await server.crash();
      await server.restart();
    }
    isOver = true;
    await Promise.all(clients);
    expect([...codes]).toEqual(['overloaded']);
  }, 60_000);
});
