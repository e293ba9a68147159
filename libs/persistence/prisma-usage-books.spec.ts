import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rollUpAll, type UsageLog } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { usageRow } from './fixtures/usage-row.js';
import { openUsageLog } from './open-usage-log.js';
import { readMigrations } from './migration-files.js';
import { openDatabase, type Database, type SqlSession } from './open-database.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';

const always = { from: new Date('2020-01-01'), to: new Date('2030-01-01') };

describe.each(testBackends)('PrismaUsageBooks on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let log: UsageLog;
  let books: PrismaUsageBooks;
  let empty: TableSnapshot;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    log = openUsageLog(database);
    books = new PrismaUsageBooks(database);
    empty = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  beforeEach(() => empty.restore());

  const sql = (text: string) => database.transactSql((session) => session.query(text));
  const billed = async () => (await log.report('ten_a', always)).reduce((sum, { amount }) => sum + amount, 0);

  it('folds every delta once, in turns that are bounded, and says when another is at it', async () => {
    for (let n = 0; n < 5; n++) {
      await log.record([usageRow({ requestId: `r${n}` })]);
      // A delta each.
      await database.usageInbox?.settle();
    }
    expect(await books.rollUp(2)).toBe(2);
    await database.transactSql(async (session: SqlSession) => {
      await session.query('SELECT pg_advisory_xact_lock(72707, 1)');
      // PGlite has one connection: nobody can be at it at the same time.
      if (database.backend === 'postgres') expect(await books.rollUp(2)).toBeUndefined();
    });
    expect(await rollUpAll(books)).toBe(3);
    expect(await books.rollUp(2)).toBe(0);
    expect(await sql('SELECT items::int, amount::int FROM usage_rollups')).toEqual([
      { items: 5, amount: 50 },
    ]);
    expect(await sql('SELECT items::int, amount::int FROM usage_ledger')).toEqual([{ items: 5, amount: 50 }]);
  });

  it('reports every durable row at any moment: before, while and after it is rolled up', async () => {
    let [recorded, going] = [0, true];
    const folding = (async () => {
      while (going) {
        await books.rollUp(3);
        await turnOfTheLoop();
      }
    })();
    for (let n = 0; n < 40; n++) {
      await Promise.all([0, 1, 2].map((k) => log.record([usageRow({ requestId: `r${n}.${k}`, amount: 1 })])));
      recorded += 3;
      expect(await billed()).toBe(recorded);
    }
    going = false;
    await folding;
    await rollUpAll(books);
    expect(await billed()).toBe(recorded);
    expect(await sql('SELECT amount::int FROM usage_rollups')).toEqual([{ amount: recorded }]);
  }, 30_000);

  it('adds a late row to its own hour, however long that has been rolled up', async () => {
    const at = new Date('2026-03-01T10:59:59.999Z');
    await log.record([
      usageRow({ at }),
      usageRow({ requestId: 'next', at: new Date('2026-03-01T11:00:00Z') }),
    ]);
    await rollUpAll(books);
    await log.record([usageRow({ requestId: 'late', at, amount: 5 }), usageRow({ at })]);
    await rollUpAll(books);
    expect(await sql('SELECT starts_at, amount::int, items::int FROM usage_rollups ORDER BY 1')).toEqual([
      { starts_at: new Date('2026-03-01T10:00:00Z'), amount: 15, items: 2 },
      { starts_at: new Date('2026-03-01T11:00:00Z'), amount: 10, items: 1 },
    ]);
  });

  it('cuts an hour where a price of the task starts, so that each part has one price', async () => {
    await sql(
      `INSERT INTO prices VALUES ('p', 'translate', '', 1, 1, 'EUR', '2026-03-01T10:20:00Z', '2026-01-01')`,
    );
    const at = (time: string, task = 'translate') =>
      usageRow({ requestId: time + task, task, at: new Date(`2026-03-01T${time}Z`) });
    await log.record([
      at('10:19:59.999'),
      at('10:20:00'),
      at('10:59:00'),
      at('11:00:00'),
      at('10:30:00', 'embed'),
    ]);
    await rollUpAll(books);
    expect(await sql('SELECT task, starts_at, items::int FROM usage_rollups ORDER BY 1, 2')).toEqual([
      { task: 'embed', starts_at: new Date('2026-03-01T10:00:00Z'), items: 1 },
      { task: 'translate', starts_at: new Date('2026-03-01T10:00:00Z'), items: 1 },
      { task: 'translate', starts_at: new Date('2026-03-01T10:20:00Z'), items: 2 },
      { task: 'translate', starts_at: new Date('2026-03-01T11:00:00Z'), items: 1 },
    ]);
    const hours = await log.report('ten_a', { ...always, bucket: 'hour', task: 'translate' });
    expect(hours.map(({ start, items }) => [start, items])).toEqual([
      ['2026-03-01T10:00:00.000Z', 3],
      ['2026-03-01T11:00:00.000Z', 1],
    ]);
  });

  it('rolls up what was metered before there were roll-ups', async () => {
    await log.record([usageRow(), usageRow({ item: 1, task: 'embed' })]);
    await rollUpAll(books);
    const before = await sql('SELECT hour, task, items, amount, digest FROM usage_ledger ORDER BY task');
    const backfill = /INSERT INTO "usage_deltas"[^;]*FROM "usage_rows" "u" GROUP BY[^;]*;/;
    const [statement = ''] = backfill.exec((await readMigrations()).map((each) => each.sql).join('\n')) ?? [];
    await sql('TRUNCATE usage_rollups, usage_ledger, usage_deltas');
    await database.transactSql((session) => session.script(statement));
    expect(await rollUpAll(books)).toBe(2);
    expect(await sql('SELECT hour, task, items, amount, digest FROM usage_ledger ORDER BY task')).toEqual(
      before,
    );
  });

  it.each([
    ['usage_deltas', 'month'],
    ['usage_rollups', 'month'],
    ['usage_rollups', 'hour'],
  ] as const)('reports page by page from %s, by %s, what it reports at once', async (source, bucket) => {
    for (let n = 0; n < 24; n++) {
      const at = new Date(Date.UTC(2026, n % 3, 1 + (n % 2), n % 5));
      const differing = {
        keyId: `key_${n % 2}`,
        model: `m@${n % 3}`,
        status: n % 4 === 0 ? 'deadline.exceeded' : 'ok',
      };
      await log.record([usageRow({ requestId: `r${n}`, at, amount: n, ...differing })]);
    }
    if (source === 'usage_rollups') await rollUpAll(books);
    const range = { ...always, bucket, groupBy: ['key', 'model', 'status'] } as const;
    const whole = await log.report('ten_a', range);
    expect(whole.reduce((sum, { amount }) => sum + amount, 0)).toBe(276);
    expect(whole[0]).toMatchObject({ start: '2026-01-01T00:00:00.000Z', keyId: 'key_0', model: 'm@0' });
    expect(whole.length).toBeGreaterThan(8);
    const paged: typeof whole = [];
    for (let page = whole; page.length > 0 && paged.length < 100; paged.push(...page)) {
      const after = paged.at(-1);
      page = await log.report('ten_a', { ...range, limit: 5, ...(after !== undefined && { after }) });
    }
    expect(paged).toEqual(whole);
  });
});
