import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  daysOfMonth,
  DropUsage,
  IssueInvoices,
  monthOf,
  rollUpAll,
  startOfMonth,
  VerifyBooks,
  type UsageLog,
} from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { publishJob } from './fixtures/job.js';
import { usageRow } from './fixtures/usage-row.js';
import { openUsageLog } from './open-usage-log.js';
import { createSeal, systemClock } from '#kernel';
import { openDatabase, type Database, type DatabaseLocation } from './open-database.js';
import { PrismaInvoiceStore } from './prisma-invoice-store.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaPriceStore } from './prisma-price-store.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';

/** The database's clock says which months are over, so tests count back from now. */
function monthsAgo(months: number, day = 15, hour = 12): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, day, hour));
}
const monthAgo = (months: number) => monthOf(monthsAgo(months).getTime());
/** As if every month before this one had been over for a day, also on the first of a month. */
const dayLater = { now: () => Date.now() + 86_400_000 };

describe.each(testBackends)('usage rows that are old enough on $name', ({ name, start }) => {
  let databases: TestDatabases;
  let location: DatabaseLocation;
  let database: Database;
  let log: UsageLog;
  let books: PrismaUsageBooks;
  let invoices: IssueInvoices;
  let verify: VerifyBooks;
  let before: TableSnapshot;

  /** Five months, two tenants, rows at both edges of each month. */
  beforeAll(async () => {
    databases = await start();
    location = await databases.migrated();
    database = await openDatabase(location);
    log = openUsageLog(database);
    books = new PrismaUsageBooks(database);
    for (const months of [0, 1, 2, 3, 4])
      for (const tenantId of ['ten_a', 'ten_b'])
        await log.record([
          usageRow({ tenantId, requestId: `${months}-first`, at: startOfMonth(monthAgo(months)) }),
          usageRow({ tenantId, requestId: `${months}-mid`, at: monthsAgo(months) }),
          usageRow({ tenantId, requestId: `${months}-last`, at: lastMoment(months) }),
        ]);
    await rollUpAll(books);
    before = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  beforeEach(async () => {
    await before.restore();
    // Anew: it remembers which months are closed.
    const store = new PrismaInvoiceStore(database);
    invoices = new IssueInvoices(store, new PrismaPriceStore(database), dayLater, 'EUR', 0);
    verify = new VerifyBooks(books, store, invoices);
  });

  const isDayOfUse = (day: Date) =>
    [1, 15].includes(day.getUTCDate()) || new Date(day.getTime() + 86_400_000).getUTCDate() === 1;
  const lastMoment = (months: number) => new Date(startOfMonth(monthAgo(months - 1)).getTime() - 1);
  const asOwner = (sql: string) => database.transactSql((session) => session.script(sql));
  const drop = (keep: number | undefined) => new DropUsage(books, systemClock, keep).execute();
  /** As if the looks at the months so far had been an hour before they were. */
  const passHour = () => asOwner(`UPDATE usage_months SET over_since = over_since - INTERVAL '1 hour'`);
  const closeMonths = async () => {
    await invoices.closeMonths();
    await passHour();
  };
  /** Rows left, by months ago. */
  const left = async () => {
    const rows = await database.transactSql((session) =>
      session.query('SELECT request_id FROM usage_rows ORDER BY 1'),
    );
    const counts = [0, 0, 0, 0, 0];
    for (const row of rows) {
      const { request_id: id } = row as { request_id: string };
      const months = Number(id[0]);
      counts[months] = (counts[months] ?? 0) + 1;
    }
    return counts;
  };
  /** Of those days that have rows: to compare one takes longer than all that is done to it. */
  const differences = async (hasRows: (day: Date) => boolean = isDayOfUse) => {
    const found = [];
    for (const month of await verify.months()) {
      for (const day of daysOfMonth(month).filter(hasRows)) found.push(...(await verify.day(day)));
      found.push(...(await verify.droppedOf(month)), ...(await verify.invoicesOf(month)));
    }
    return found;
  };

  it('are all kept without a setting, and of months whose invoice is not final', async () => {
    expect(await drop(1)).toBe(0);
    await closeMonths();
    expect(await drop(undefined)).toBe(0);
    expect(await left()).toEqual([6, 6, 6, 6, 6]);
  });

  it('go, but for the months to keep; reports, invoices and proof stay', async () => {
    await closeMonths();
    const reportOf = () =>
      log.report('ten_a', { from: startOfMonth(monthAgo(4)), to: new Date(), bucket: 'day', groupBy: [] });
    const before = [await reportOf(), await invoices.execute('ten_a', monthAgo(4))];
    expect(await drop(2)).toBe(12);
    expect(await left()).toEqual([6, 6, 6, 0, 0]);
    expect(await drop(2)).toBe(0);
    expect([await reportOf(), await invoices.execute('ten_a', monthAgo(4))]).toEqual(before);
    const summary = (months: number) => ({ month: monthAgo(months), tenants: 2, items: 6 });
    expect(await verify.dropped()).toEqual([summary(4), summary(3)]);
    const isDropped = (day: Date) => monthOf(day.getTime()) === monthAgo(3);
    expect(await differences((day) => isDropped(day) || isDayOfUse(day))).toEqual([]);
  });

  it('never go from the running month or the one before, whatever is asked for', async () => {
    await closeMonths();
    expect(await drop(1)).toBe(18);
    expect(await left()).toEqual([6, 6, 0, 0, 0]);
    await expect(books.drop(0, 100)).rejects.toThrow();
    await expect(books.drop(-5, 100)).rejects.toThrow();
    // As the role itself, past its function.
    const asPruner = (sql: string) => asOwner(`SET LOCAL ROLE inferway_pruner; ${sql}`);
    const mark = (month: string) =>
      asPruner(`INSERT INTO usage_drops (tenant_id, month) VALUES ('ten_a', '${month}')`);
    await expect(mark(monthAgo(1))).rejects.toThrow('row-level security');
    await expect(mark(monthAgo(5))).rejects.toThrow('foreign key');
    await asPruner('DELETE FROM usage_rows');
    expect(await left()).toEqual([6, 6, 0, 0, 0]);
  });

  it('stay while the clock may be a month ahead: the month before was not found over by two looks', async () => {
    await closeMonths();
    await asOwner(`UPDATE usage_months SET over_since = NULL WHERE month = '${monthAgo(1)}'`);
    expect(await drop(1)).toBe(0);
    await asOwner(`UPDATE usage_months SET over_since = now() WHERE month = '${monthAgo(1)}'`);
    expect(await drop(1)).toBe(0);
    expect(await left()).toEqual([6, 6, 6, 6, 6]);
    await passHour();
    expect(await drop(1)).toBe(18);
  });

  it('go in bounded turns, and agree with the ledger between them', async () => {
    await closeMonths();
    expect(await books.drop(2, 2)).toBe(2);
    expect(await differences()).toEqual([]);
    expect((await left()).reduce((sum, count) => sum + count)).toBe(28);
    expect(await drop(2)).toBe(10);
    expect(await differences()).toEqual([]);
  });

  it('wait for jobs of their tenant that were open by then', async () => {
    await closeMonths();
    const jobs = new PrismaJobStore(database, createSeal(Buffer.alloc(32)));
    const id = await publishJob(jobs, { tenantId: 'ten_a', total: 1 });
    await asOwner(`UPDATE jobs SET created_at = '${monthsAgo(3).toISOString()}' WHERE id = '${id}'`);
    expect(await drop(2)).toBe(9);
    expect(await left()).toEqual([6, 6, 6, 3, 0]);
    await asOwner(`UPDATE jobs SET status = 'cancelled' WHERE id = '${id}'`);
    expect(await drop(2)).toBe(3);
  });

  it('still show who altered what is kept, or what had been dropped', async () => {
    await asOwner(`UPDATE usage_rows SET amount = 1 WHERE request_id = '4-mid' AND tenant_id = 'ten_b'`);
    await closeMonths();
    await drop(2);
    await asOwner(`UPDATE usage_rows SET compute_ms = 9 WHERE request_id = '2-mid' AND tenant_id = 'ten_a';
      UPDATE usage_rollups SET amount = 7 WHERE starts_at = '${monthsAgo(3).toISOString()}' AND tenant_id = 'ten_a'`);
    const found = (await differences()).join('\n');
    expect(found).toContain(
      `tenant ten_b, month ${monthAgo(4)}: dropped and left: 3 items, 21 units; entered when they were written: 3 items, 30 units; altered: one row, which is gone since`,
    );
    expect(found).toContain(
      `hour ${monthsAgo(2).toISOString()}, task translate: rows: the digest differs; entered when they were written: 1 items, 10 units; altered: request 2-mid, item 0, outcome ok`,
    );
    expect(found).toContain(`hour ${monthsAgo(3).toISOString()}, task translate: roll-ups: 1 items, 7 units`);
    expect(found).not.toContain(`tenant ten_a, month ${monthAgo(4)}`);
  });

  it('are still known one by one: the row that was deleted before its month was dropped is named', async () => {
    await asOwner(`DELETE FROM usage_rows WHERE request_id = '4-mid' AND tenant_id = 'ten_b'`);
    await closeMonths();
    expect(await books.drop(2, 2)).toBe(2);
    expect(await drop(2)).toBe(9);
    expect((await differences()).join('\n')).toContain(
      `month ${monthAgo(4)}: dropped and left: 2 items, 20 units; entered when they were written: 3 items, 30 units; missing: request 4-mid, item 0, outcome ok`,
    );
  });

  it('are named when they were altered, as long as they are there', async () => {
    const month = monthAgo(4);
    const altered = `month ${month}: dropped and left: the digest differs; entered when they were written: 3 items, 30 units; altered:`;
    await asOwner(`UPDATE usage_rows SET compute_ms = 9 WHERE request_id = '4-last'`);
    await closeMonths();
    // Of either tenant: which one goes first is not said.
    expect(await books.drop(2, 2)).toBe(2);
    const [left] = await verify.droppedOf(month);
    expect(left).toContain(`${altered} request 4-last, item 0, outcome ok`);
    await drop(2);
    const gone = ['ten_a', 'ten_b'].map(
      (tenant) => `tenant ${tenant}, ${altered} one row, which is gone since`,
    );
    expect(await verify.droppedOf(month)).toEqual(gone);
    await asOwner(`UPDATE usage_drops SET digest = digest + 7 WHERE tenant_id = 'ten_a'`);
    const several = `tenant ten_a, ${altered} several rows, or the ledger`;
    expect(await verify.droppedOf(month)).toEqual([several, gone[1]]);
  });

  it('may be followed by one that comes late: it is kept, counted and no difference', async () => {
    await closeMonths();
    await drop(2);
    await log.record([usageRow({ requestId: '3-late', amount: 0, status: 'internal', at: monthsAgo(3) })]);
    await rollUpAll(books);
    expect(await differences()).toEqual([]);
  });

  if (name === 'postgres')
    it('are dropped by one process at a time', async () => {
      await closeMonths();
      const other = await openDatabase(location);
      try {
        await other.transactSql(async (session) => {
          await session.query('SELECT pg_advisory_xact_lock(72707, 2)');
          expect(await books.drop(2, 100)).toBeUndefined();
          expect(await left()).toEqual([6, 6, 6, 6, 6]);
        });
        const both = new PrismaUsageBooks(other);
        const gone = await Promise.all([drop(2), new DropUsage(both, systemClock, 2).execute()]);
        await drop(2);
        expect(gone[0] + gone[1]).toBeLessThanOrEqual(12);
        expect(await left()).toEqual([6, 6, 6, 0, 0]);
        expect(await differences()).toEqual([]);
      } finally {
        await other.close();
      }
    });
});
