import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { daysOfMonth, rollUpAll, VerifyBooks, type IssueInvoices } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { alterations } from './fixtures/altered-books.js';
import { march, openMarchBooks, writeMarch, type MarchBooks } from './fixtures/march-books.js';
import { usageRow } from './fixtures/usage-row.js';
import { Prisma } from './generated/client.js';
import { knownMonths } from './known-months.js';
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
      ['3026-05', `UPDATE usage_ledger SET hour = '3026-05-31T23:00:00Z' WHERE tenant_id = 'ten_b'`],
      ['3026-05', `UPDATE usage_rollups SET starts_at = '3026-05-01' WHERE tenant_id = 'ten_b'`],
      ['3026-05', `UPDATE usage_days SET starts_at = '3026-05-31' WHERE tenant_id = 'ten_b'`],
      [
        '2020-02',
        `INSERT INTO usage_deltas (tenant_id, starts_at, task, key_id, model, unit, status, items, amount,
          compute_ms, padding_ms, digest) SELECT tenant_id, '2020-02-01', task, key_id, model, unit, status, 0, 0, 0, 0, 0
          FROM usage_rollups WHERE tenant_id = 'ten_b'`,
      ],
      ['2020-02', `UPDATE invoices SET month = '2020-02' WHERE month = '2026-03' AND tenant_id = 'ten_b'`],
    ])('are proved of %s, too, where the owner moved something there: %s', async (month, sql) => {
      await subject.asOwner(sql);
      const months = ['2026-02', '2026-03', '2026-04'];
      expect(await subject.verify.months()).toEqual([...months, month].sort());
    });

    it.each(['-infinity', '0044-03-15 BC', '0999-12-31T23:59:59Z', '9999-01-01', '294276-12-31', 'infinity'])(
      'are proved of all else where the owner dated a row %s',
      async (time) => {
        await subject.asOwner(`UPDATE usage_rows SET at = '${time}' WHERE request_id = 'a';
          UPDATE usage_rows SET at = '1000-01-01' WHERE request_id = 'other'; UPDATE usage_days SET starts_at = '9998-12-31'
          WHERE tenant_id = 'ten_b'`);
        const months = await subject.verify.months();
        expect(months).toEqual(['1000-01', '2026-02', '2026-03', '2026-04', '9998-12']);
        const [lastDay = new Date(NaN)] = daysOfMonth('9998-12').slice(-1);
        const lastDays = await subject.verify.day(lastDay);
        expect(lastDays).toEqual([expect.stringContaining('tenant ten_b, day 9998-12-31')]);
        expect(await subject.verify.droppedOf('9998-12')).toEqual([]);
        expect(await subject.verify.invoicesOf('9998-12')).toEqual([]);
      },
    );

    it("are looked for by no step for each of a tenant's months before the last ones", async () => {
      await subject.asOwner(`INSERT INTO usage_days SELECT tenant_id, month, task, key_id, model, unit, status, 0, 0, 0, 0
        FROM usage_days CROSS JOIN generate_series(timestamptz '1999-01-15', '2025-01-15', '1 month') AS month
        WHERE tenant_id = 'ten_b'`);
      const stepsOf = async (last?: number) => {
        let steps = 0;
        for (const statement of knownMonths(last)) {
          const lines = await database.prisma.$queryRaw<{ 'QUERY PLAN': string }[]>(
            Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${statement}`,
          );
          const [union = ''] = lines
            .map((line) => line['QUERY PLAN'])
            .filter((line) => line.includes('Recursive Union'));
          steps += Number(/rows=(\d+)/.exec(union)?.[1] ?? 0);
        }
        return steps;
      };
      expect(await stepsOf()).toBeGreaterThan(300);
      expect(await stepsOf(2)).toBeLessThan(30);
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
