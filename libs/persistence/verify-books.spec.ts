import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { daysOfMonth, rollUpAll, VerifyBooks, type IssueInvoices } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { alterations } from './fixtures/altered-books.js';
import { march, openMarchBooks, writeMarch, type MarchBooks } from './fixtures/march-books.js';
import { usageRow } from './fixtures/usage-row.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';

describe.each(testBackends)('the books of usage on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let subject: MarchBooks;
  let books: PrismaUsageBooks;
  let invoices: IssueInvoices;
  let written: TableSnapshot;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    await writeMarch(database);
    written = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  const beginFrom = async (rows: TableSnapshot) => {
    await rows.restore();
    subject = openMarchBooks(database);
    ({ books, invoices } = subject);
  };

  describe('while they are open', () => {
    beforeEach(() => beginFrom(written));

    it('leave unknown which row was altered of an hour that a program of before wrote to as well', async () => {
      await subject.asOwner(`UPDATE usage_deltas SET squares = NULL WHERE model = 'en-pt@2'`);
      await rollUpAll(books);
      const late = usageRow({ requestId: 'late', at: new Date('2026-03-31T12:30:00Z'), amount: 0 });
      await subject.log.record([late]);
      await rollUpAll(books);
      await invoices.closeMonths();
      expect(await subject.differences()).toEqual([]);
      await subject.asOwner(`UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id = 'g'`);
      expect(await subject.differences()).toEqual([expect.stringContaining('altered: one row or more')]);
    });

    it('are compared in parts of few rows as they are in one: each difference is named once', async () => {
      await rollUpAll(books);
      await subject.asOwner(`UPDATE usage_rows SET amount = 7 WHERE request_id IN ('d', 'f')`);
      await invoices.closeMonths();
      const whole = await subject.differences();
      const verify = new VerifyBooks(new PrismaUsageBooks(database, 1), subject.store, invoices);
      expect([...(await subject.differences({ verify }))].sort()).toEqual([...whole].sort());
      expect(whole).toHaveLength(4);
    });

    it.each([true, false])('agree when nobody touched them (rolled up: %s)', async (rolledUp) => {
      if (rolledUp) await rollUpAll(books);
      await invoices.closeMonths();
      expect(await subject.differences({ days: daysOfMonth(march) })).toEqual([]);
      expect(await subject.verify.months()).toEqual(['2026-02', '2026-03', '2026-04']);
    });
  });

  describe('when they are closed', () => {
    let closed: TableSnapshot;
    beforeAll(async () => {
      await beginFrom(written);
      await rollUpAll(books);
      await invoices.closeMonths();
      closed = await TableSnapshot.take(database);
    });
    beforeEach(() => beginFrom(closed));

    it.each(alterations)('name $what', async ({ sql, named }) => {
      await subject.asOwner(sql);
      const found = await subject.differences();
      expect(found.filter((line) => !line.includes('ten_a, month'))).toEqual(named);
    });

    it.each([
      ['2020-02', `UPDATE usage_rows SET at = '2020-02-29T23:30:00Z' WHERE request_id = 'a'`],
      ['3026-05', `UPDATE usage_rollups SET starts_at = '3026-05-01' WHERE tenant_id = 'ten_b'`],
      ['3026-05', `UPDATE usage_days SET starts_at = '3026-05-31' WHERE tenant_id = 'ten_b'`],
      ['2020-02', `UPDATE invoices SET month = '2020-02' WHERE month = '2026-03' AND tenant_id = 'ten_b'`],
    ])('are proved of %s, too, where the owner moved something there: %s', async (month, sql) => {
      await subject.asOwner(sql);
      const months = ['2026-02', '2026-03', '2026-04'];
      expect(await subject.verify.months()).toEqual([...months, month].sort());
    });

    it('name every invoice that the owner altered a price of, also where it comes to what no number holds', async () => {
      await subject.asOwner(
        `UPDATE prices SET price_micros = 9007199254740991, per_units = 1 WHERE id = 'first'`,
      );
      const says = (tenant: string, invoiced: string, books: string) =>
        `tenant ${tenant}, month 2026-03: the final invoice says ${invoiced} EUR, roll-ups and prices say ${books}`;
      expect(await subject.verify.invoicesOf(march)).toEqual([
        says('ten_a', '2.000011', 'more than a number can hold'),
        says('ten_b', '0.000002', '9007199254.740991'),
      ]);
    });
  });
});
