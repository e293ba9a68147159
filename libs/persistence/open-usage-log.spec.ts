import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { runChild } from '../testing/postgres-child.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { usageRow } from './fixtures/usage-row.js';
import type { UsageLog } from '#core';
import { openDatabase, type Database } from './open-database.js';
import { openUsageLog } from './open-usage-log.js';

const writeUsage = new URL('./fixtures/write-usage.ts', import.meta.url);
const always = { from: new Date('2020-01-01'), to: new Date('2030-01-01') };

describe.each(testBackends)('the usage log on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let log: UsageLog;
  let empty: TableSnapshot;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    log = openUsageLog(database);
    empty = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  beforeEach(() => empty.restore());

  /** Every row as stored, past row-level security: both test databases are opened by a superuser. */
  const stored = async (columns: string, where = database) => {
    await where.usageInbox?.settle();
    return where.transactSql((session) =>
      session.query(`SELECT ${columns} FROM usage_rows ORDER BY request_id, item`),
    );
  };

  it('stores every fact of a row', async () => {
    await log.record([usageRow({ at: new Date('2026-11-24T23:59:59.999Z') })]);
    expect(await stored('*')).toEqual([
      {
        tenant_id: 'ten_a',
        request_id: 'req_1',
        item: 0,
        key_id: 'key_a',
        task: 'translate',
        model: 'translate-en-pt@1',
        unit: 'characters',
        amount: 10,
        status: 'ok',
        compute_ms: 2.5,
        padding_ms: 0.5,
        queue_ms: 1,
        inference_ms: 3,
        at: new Date('2026-11-24T23:59:59.999Z'),
      },
    ]);
  });

  it('counts a row once however often it is written, in one commit or in many', async () => {
    await Promise.all([log.record([usageRow()]), log.record([usageRow(), usageRow({ item: 1 })])]);
    await log.record([usageRow({ amount: 999 })]);
    const [bucket] = await log.report('ten_a', always);
    expect(bucket).toMatchObject({ amount: 20, items: 2 });
  });

  it('bills an item once that failed before it was answered, in either order', async () => {
    const failed = usageRow({ status: 'deadline.exceeded', amount: 0 });
    await log.record([failed]);
    await log.record([usageRow()]);
    await log.record([usageRow({ requestId: 'req_2' })]);
    await log.record([failed, { ...failed, requestId: 'req_2' }, usageRow()]);
    const [bucket] = await log.report('ten_a', always);
    expect(bucket).toMatchObject({ amount: 20, items: 4 });
  });

  it('writes concurrent requests of many tenants in a few commits', async () => {
    const calls = Array.from({ length: 200 }, (_, n) =>
      log.record([usageRow({ tenantId: `ten_${n % 7}`, requestId: `req_${n}` })]),
    );
    await Promise.all(calls);
    await database.usageInbox?.settle();
    const [row] = await database.transactSql((session) =>
      session.query(
        'SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS commits FROM usage_rows',
      ),
    );
    expect(row?.['rows']).toBe(200);
    // One a page where rows come from the journal, else the first and all that gathered meanwhile.
    expect(row?.['commits']).toBeLessThanOrEqual(database.backend === 'pglite' ? 7 : 2);
  });

  it('reports by UTC day, task and unit, for the tenant alone, from the first to the last day inclusive', async () => {
    await log.record([
      usageRow({ requestId: 'r1', at: new Date('2026-11-23T23:59:59.999Z'), amount: 1 }),
      usageRow({ requestId: 'r2', at: new Date('2026-11-24T00:00:00.000Z'), amount: 2 }),
      usageRow({ requestId: 'r3', at: new Date('2026-11-24T23:59:59.999Z'), amount: 4 }),
      usageRow({
        requestId: 'r4',
        at: new Date('2026-11-24T09:00:00Z'),
        amount: 0,
        status: 'deadline.exceeded',
      }),
      usageRow({
        requestId: 'r5',
        task: 'classify-image',
        unit: 'images',
        at: new Date('2026-11-24T10:00:00Z'),
        amount: 1,
      }),
      usageRow({ requestId: 'r6', at: new Date('2026-11-25T00:00:00.000Z'), amount: 8 }),
      usageRow({ requestId: 'r7', tenantId: 'ten_b', at: new Date('2026-11-24T10:00:00Z'), amount: 1_000 }),
    ]);
    const day = new Date('2026-11-24');
    const start = { day: '2026-11-24', start: '2026-11-24T00:00:00.000Z' };
    expect(await log.report('ten_a', { from: day, to: day })).toEqual([
      { ...start, task: 'classify-image', unit: 'images', amount: 1, items: 1, computeMs: 2.5 },
      { ...start, task: 'translate', unit: 'characters', amount: 6, items: 3, computeMs: 7.5 },
    ]);
    const all = await log.report('ten_a', { ...always, task: 'translate' });
    expect(all.map((bucket) => [bucket.day, bucket.amount])).toEqual([
      ['2026-11-23', 1],
      ['2026-11-24', 6],
      ['2026-11-25', 8],
    ]);
    expect(await log.report('ten_c', always)).toEqual([]);
  });

  it('reports sums beyond 32 bits exactly', async () => {
    const rows = Array.from({ length: 3 }, (_, item) => usageRow({ item, amount: 2_000_000_001 }));
    await log.record(rows);
    expect((await log.report('ten_a', always))[0]?.amount).toBe(6_000_000_003);
  });

  it('rejects a row that the database refuses without harm to those committed with it', async () => {
    const results = await Promise.allSettled([
      log.record([usageRow({ requestId: 'good-1' })]),
      log.record([usageRow({ requestId: 'nul \0' })]),
      log.record([usageRow({ requestId: 'nan', computeMs: NaN })]),
      log.record([usageRow({ requestId: 'good-2' })]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(await stored('request_id')).toEqual([{ request_id: 'good-1' }, { request_id: 'good-2' }]);
  });

  it('has every acknowledged row exactly once after its process was killed in full flight', async () => {
    const location = await databases.migrated();
    const place = 'url' in location ? ['url', location.url] : ['folder', location.dataDirectory];
    const writer = runChild(writeUsage, place);
    const acknowledged: string[] = [];
    for await (const line of writer.lines) {
      acknowledged.push(line);
      if (acknowledged.length === 200) await writer.kill();
    }
    const reopened = await openDatabase(location);
    const rows = await stored('request_id, item', reopened);
    await reopened.close();
    const written = new Set(rows.map((row) => `${String(row['request_id'])}/${String(row['item'])}`));
    expect(written.size).toBe(rows.length);
    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    for (const id of acknowledged) {
      expect(written).toContain(`${id}/0`);
      expect(written).toContain(`${id}/1`);
    }
  }, 60_000);
});
