import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DropUsage, IssueInvoices, KeepBooks, rollUpAll, type UsageLog } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { clock, march, openMarchBooks, writeMarch, type MarchBooks } from './fixtures/march-books.js';
import { usageRow } from './fixtures/usage-row.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaPriceStore } from './prisma-price-store.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';

describe.each(testBackends)('the invoices of usage on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let subject: MarchBooks;
  let log: UsageLog;
  let books: PrismaUsageBooks;
  let invoices: IssueInvoices;
  let before: TableSnapshot;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    await writeMarch(database);
    before = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  beforeEach(async () => {
    await before.restore();
    subject = openMarchBooks(database);
    ({ log, books, invoices } = subject);
  });

  /** As a gateway does, with an hour that passes when a test says so. */
  const keepBooks = () => {
    let laterMs = 0;
    const real = performance.now.bind(performance);
    const time = jest.spyOn(performance, 'now').mockImplementation(() => real() + laterMs);
    const told: { count: number; named: string[] }[] = [];
    const rounds = new EventEmitter();
    const watched = new PrismaUsageBooks(database);
    const rollUp = watched.rollUp.bind(watched);
    jest.spyOn(watched, 'rollUp').mockImplementation((limit) => {
      rounds.emit('round');
      return rollUp(limit);
    });
    const observer = {
      onError: (error: unknown) => expect(error).toBeUndefined(),
      onUnclosable: (left: { count: number; named: string[] }) => told.push(left),
    };
    const drop = new DropUsage(watched, clock, undefined);
    const keeper = new KeepBooks(watched, invoices, drop, { pollMs: 1 }, observer);
    keeper.start();
    return {
      told,
      threeRounds: async () => {
        for (let n = 0; n < 3; n++) await once(rounds, 'round');
      },
      passHour: () => (laterMs += 3_600_000),
      stop: async () => {
        await keeper.stop();
        time.mockRestore();
      },
    };
  };

  it('bill a month by task, model and price period, each line rounded once', async () => {
    const free = { task: 'embed', model: 'e@1', unit: 'characters', items: 1, amount: 9, micros: 0 };
    const line = (id: string, model: string, rest: object) =>
      expect.objectContaining({ task: 'translate', model, priceId: id, ...rest });
    const expected = {
      ...{ month: march, currency: 'EUR', totalMicros: 2_000_011, total: '2.000011' },
      lines: [
        free,
        line('own', 'en-pt@2', { amount: 2, micros: 2_000_000 }),
        // 2 × 3 / 2 and 3 × 5 / 2 = 7.5: item by item it would be 2 + 2 and 3 + 5.
        line('first', 'm@1', { amount: 2, items: 2, micros: 3, validFrom: '2026-01-01T00:00:00.000Z' }),
        line('second', 'm@1', { amount: 3, items: 2, priceMicros: 5, perUnits: 2, micros: 8 }),
      ],
    };
    expect(await invoices.execute('ten_a', march)).toEqual({ ...expected, status: 'open' });
    await rollUpAll(books);
    expect(await invoices.execute('ten_a', march)).toEqual({ ...expected, status: 'open' });
    expect(await invoices.execute('ten_none', march)).toMatchObject({ lines: [], total: '0.000000' });
  });

  it('close every month that has been over for a day, once, and keep its invoice as it was', async () => {
    await rollUpAll(books);
    const open = await invoices.execute('ten_a', march);
    const unclosable = { count: 0, named: [] };
    expect(await invoices.closeMonths()).toEqual({ closed: 3, unconfirmed: [], unclosable });
    expect(await invoices.closeMonths()).toMatchObject({ closed: 0, unclosable });
    const closed = await invoices.execute('ten_a', march);
    expect(closed).toEqual({ ...open, status: 'final', closedAt: closed.closedAt });
    expect(await invoices.execute('ten_a', '2026-04')).toMatchObject({
      status: 'open',
      lines: [{ amount: 1 }],
    });
    await log.record([usageRow({ requestId: 'late', at: new Date('2026-03-31T23:00:00Z') })]);
    expect(await invoices.execute('ten_a', march)).toEqual(closed);
    // Of a tenant that had none in this month, it is a bill of its own: whoever closes months finds it.
    await log.record([
      usageRow({ tenantId: 'ten_late', requestId: 'late', at: new Date('2026-03-31T23:00:00Z') }),
    ]);
    await rollUpAll(books);
    expect(await invoices.closeMonths()).toMatchObject({ closed: 1, unclosable });
    expect(await subject.differences()).toEqual([
      'tenant ten_a, month 2026-03: the final invoice says 2.000011 EUR, roll-ups and prices say 2.000036',
    ]);
  });

  it('stay open when a clock was a month ahead for a moment, at one look or at another', async () => {
    const watch = { now: clock.now() };
    const jumping = { now: () => watch.now };
    const issue = new IssueInvoices(subject.store, new PrismaPriceStore(database), jumping, 'EUR');
    const ahead = Date.parse('2026-05-03T00:00:00Z');
    await rollUpAll(books);
    watch.now = ahead;
    const months = ['2026-02', march, '2026-04'];
    expect(await issue.closeMonths()).toMatchObject({ closed: 0, unconfirmed: months });
    expect(await issue.closeMonths()).toMatchObject({ closed: 0, unconfirmed: months });
    await subject.passHour();
    watch.now = clock.now();
    expect(await issue.closeMonths()).toMatchObject({ closed: 3, unconfirmed: [] });
    await subject.passHour();
    watch.now = ahead;
    expect(await issue.closeMonths()).toMatchObject({ closed: 0, unconfirmed: ['2026-04'] });
    expect(await issue.execute('ten_a', '2026-04')).toMatchObject({ status: 'open' });
    await subject.passHour();
    expect(await issue.closeMonths()).toMatchObject({ closed: 1, unconfirmed: [] });
  });

  it('stay open, to be looked at again, where another program finds meanwhile that the month goes on', async () => {
    await rollUpAll(books);
    const running = '2026-05';
    const [february] = await subject.store.look(running);
    await subject.store.look('2026-01');
    await subject.store.settle('2026-02', february?.revision ?? NaN);
    const months = (await subject.store.look(running)).map(({ month }) => month);
    expect(months).toEqual(['2026-02', march, '2026-04']);
  });

  it('stay open where one program has a clock that the database, which has its own, does not agree with', async () => {
    await log.record([usageRow({ requestId: 'now', at: new Date() })]);
    await rollUpAll(books);
    const wrong = { now: () => Date.parse('2999-01-01T00:00:00Z') };
    const issue = new IssueInvoices(subject.store, new PrismaPriceStore(database), wrong, 'EUR', 0);
    expect(await issue.closeMonths()).toMatchObject({ closed: 4 });
    const running = new Date().toISOString().slice(0, 7);
    expect(await issue.execute('ten_a', running)).toMatchObject({ status: 'open' });
  });

  it('cost nothing once they are closed: only months with usage since then are looked through', async () => {
    await rollUpAll(books);
    await invoices.closeMonths();
    const unclosed = jest.spyOn(subject.store, 'unclosed');
    await invoices.closeMonths();
    expect(unclosed).not.toHaveBeenCalled();
    const late = { requestId: 'late', at: new Date('2026-02-01T00:00:00Z') };
    await log.record([usageRow(late), usageRow({ ...late, tenantId: 'ten_late' })]);
    await rollUpAll(books);
    expect(await invoices.closeMonths()).toMatchObject({ closed: 1 });
    await invoices.closeMonths();
    expect(unclosed.mock.calls.map(([month]) => month)).toEqual(['2026-02']);
  });

  it('close the months of all others where one tenant has an invoice that no number can hold', async () => {
    await subject.asOwner(`INSERT INTO prices VALUES
      ('mistyped', 'embed', '', 9007199254740991, 1, 'EUR', '2026-01-01', '2026-01-01')`);
    await rollUpAll(books);
    const named = ['No invoice of tenant ten_a for 2026-03: a cost beyond 2^53 - 1 millionths'];
    const unclosable = { count: 1, named };
    expect(await invoices.closeMonths()).toEqual({ closed: 2, unconfirmed: [], unclosable });
    await expect(invoices.execute('ten_a', march)).rejects.toMatchObject({ code: 'invoice.out_of_range' });
    expect(await invoices.execute('ten_b', march)).toMatchObject({ status: 'final' });
    expect(await invoices.execute('ten_a', '2026-02')).toMatchObject({ status: 'final' });
    expect(await invoices.closeMonths()).toMatchObject({ closed: 0, unclosable });
    expect(await subject.differences()).toEqual([
      'tenant ten_a, month 2026-03: there is usage, and no final invoice',
    ]);
  });

  it('name few of many invoices that no number can hold, and are kept at each round all the same, told hourly', async () => {
    await subject.asOwner(`INSERT INTO prices VALUES
      ('mistyped', 'embed', '', 9007199254740991, 1, 'EUR', '2026-01-01', '2026-01-01')`);
    const at = new Date('2026-03-05T00:00:00Z');
    const rowOf = (_: unknown, n: number) =>
      usageRow({ tenantId: `ten_c${n}`, requestId: 'x', task: 'embed', model: 'e@1', amount: 9, at });
    await log.record(Array.from({ length: 60 }, rowOf));
    const { told, threeRounds, passHour, stop } = keepBooks();
    await threeRounds();
    await threeRounds();
    expect(told).toHaveLength(1);
    expect(told[0]?.count).toBe(61);
    expect(told[0]?.named).toHaveLength(20);
    passHour();
    await threeRounds();
    await stop();
    expect(told).toHaveLength(2);
  });

  it('are closed within the hour for a tenant whose first row of a month came when the others were closed', async () => {
    const { told, threeRounds, passHour, stop } = keepBooks();
    await threeRounds();
    await log.record([
      usageRow({ tenantId: 'ten_late', requestId: 'x', at: new Date('2026-03-31T23:00:00Z') }),
    ]);
    await threeRounds();
    expect(await invoices.execute('ten_late', march)).toMatchObject({ status: 'open' });
    passHour();
    await threeRounds();
    await stop();
    expect(await invoices.execute('ten_late', march)).toMatchObject({ status: 'final' });
    expect(told).toEqual([]);
  });

  it('are not closed any further, nor called unclosable, where the database refuses', async () => {
    await rollUpAll(books);
    await subject.asOwner('REVOKE INSERT ON invoices FROM inferway_biller');
    await expect(invoices.closeMonths()).rejects.toThrow();
    await subject.asOwner('GRANT INSERT ON invoices TO inferway_biller');
    expect(await invoices.closeMonths()).toMatchObject({ closed: 3 });
  });
});
