import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { startPglite, type TestDatabases } from '../testing/postgres-backends.js';
import { usageRow } from './fixtures/usage-row.js';
import { openDatabase, type Database } from './open-database.js';
import { usageColumns } from './usage-columns.js';
import { UsageInbox } from './usage-inbox.js';
import { UsageJournal } from './usage-journal.js';
import { writeUsage } from './write-usage.js';

const row = (requestId: string) => usageColumns(usageRow({ requestId }));
/** The column may not be empty: what no check of ours let through before. */
const badRow = (requestId: string) => ({ ...row(requestId), task: null });

describe('UsageInbox', () => {
  let databases: TestDatabases;
  let database: Database;
  let folder: string;
  let file: string;
  let inbox: UsageInbox;
  let refused: string[];

  beforeAll(async () => {
    databases = await startPglite();
    database = await openDatabase(await databases.migrated());
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-journal-'));
    file = join(folder, 'usage.sqlite');
    refused = [];
    inbox = open();
  });
  afterEach(async () => {
    await inbox.close();
    await sql('TRUNCATE usage_rows');
    await rm(folder, { recursive: true });
  });

  const open = (options = {}, beforeMove: (rows: string) => Promise<void> = () => Promise.resolve()) =>
    new UsageInbox(
      new UsageJournal(file),
      async (rows) => {
        await beforeMove(rows);
        await writeUsage(database.prisma, rows);
      },
      { settleAfterMs: 10, onRefused: (each) => refused.push(each), ...options },
    );
  const sql = (statement: string) => database.transactSql((session) => session.query(statement));
  const stored = async () =>
    (await sql('SELECT request_id FROM usage_rows ORDER BY 1')).map((each) => each['request_id']);
  const untilEmpty = async () => {
    while (inbox.pendingRows > 0) await delay(5);
  };

  it('moves rows to the tables by itself, by the page and when few have waited', async () => {
    await inbox.close();
    inbox = open({ pageRows: 3 });
    const names = Array.from({ length: 7 }, (_, n) => `req_${n}`);
    for (const name of names) inbox.add([row(name)]);
    expect(inbox.pendingRows).toBe(7);
    await untilEmpty();
    expect(await stored()).toEqual(names);
  });

  it('moves full pages under load: rows that came during a move wait until they fill one', async () => {
    await inbox.close();
    const moved: number[] = [];
    let opened = () => {};
    const gate = new Promise<void>((resolve) => (opened = resolve));
    inbox = open({ pageRows: 2, settleAfterMs: 60_000 }, async (rows) => {
      moved.push(z.array(z.unknown()).parse(JSON.parse(rows)).length);
      await gate;
    });
    for (const name of ['a', 'b', 'c']) inbox.add([row(name)]);
    opened();
    while (inbox.pendingRows > 1) await delay(5);
    await delay(20);
    expect(moved).toEqual([2]);
    inbox.add([row('d')]);
    await untilEmpty();
    expect(moved).toEqual([2, 2]);
    expect(await stored()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('has every row of before in the tables when it has settled', async () => {
    inbox.add([row('a'), row('b')]);
    const first = inbox.settle();
    inbox.add([row('c')]);
    await Promise.all([first, inbox.settle()]);
    expect(await stored()).toEqual(['a', 'b', 'c']);
    expect(inbox.pendingRows).toBe(0);
  });

  it('goes on where another process left off', async () => {
    const journal = new UsageJournal(file);
    journal.add(JSON.stringify([row('left')]));
    journal.close();
    await inbox.close();
    inbox = open();
    await untilEmpty();
    expect(await stored()).toEqual(['left']);
  });

  it('sets a row aside that the tables refuse, keeps it, and moves all others', async () => {
    inbox.add([row('a'), badRow('bad-1'), row('b'), badRow('bad-2'), row('c')]);
    await inbox.settle();
    expect(await stored()).toEqual(['a', 'b', 'c']);
    expect(refused.map((each) => each.includes('bad-1'))).toEqual([true, false]);
    const reader = new DatabaseSync(file, { readOnly: true });
    const kept = reader.prepare('SELECT "row", "reason" FROM "refused"').all();
    reader.close();
    expect(kept.map((each) => each['row'])).toEqual(refused);
    expect(String(kept[0]?.['reason'])).toContain('task');
  });

  it('keeps rows that the tables cannot take now, says so to whoever would read them, and tries again', async () => {
    await sql('ALTER FUNCTION record_usage(JSONB) RENAME TO away');
    try {
      inbox.add([row('patient')]);
      await expect(inbox.settle()).rejects.toThrow();
      await delay(50);
      expect(inbox.pendingRows).toBe(1);
    } finally {
      await sql('ALTER FUNCTION away(JSONB) RENAME TO record_usage');
    }
    await untilEmpty();
    expect(await stored()).toEqual(['patient']);
    expect(refused).toEqual([]);
  });

  it('refuses rows beyond its bound as overloaded, and keeps what waits', async () => {
    await inbox.close();
    inbox = open({ maxPendingRows: 2 });
    inbox.add([row('a'), row('b')]);
    expect(() => inbox.add([row('c')])).toThrow(expect.objectContaining({ code: 'overloaded' }));
    await inbox.settle();
    expect(await stored()).toEqual(['a', 'b']);
  });

  it('refuses rows that it cannot write as overloaded, and keeps none of them', async () => {
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => inbox.add([row('a'), row('b')])).toThrow(expect.objectContaining({ code: 'overloaded' }));
    other.exec('ROLLBACK');
    other.close();
    expect(inbox.pendingRows).toBe(0);
    inbox.add([row('c')]);
    await inbox.settle();
    expect(await stored()).toEqual(['c']);
  });
});
