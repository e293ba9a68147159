import { EventEmitter, once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  daysOfMonth,
  DropUsage,
  IssueInvoices,
  KeepBooks,
  rollUpAll,
  VerifyBooks,
  type UsageLog,
} from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { usageRow } from './fixtures/usage-row.js';
import { openUsageLog } from './open-usage-log.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaInvoiceStore } from './prisma-invoice-store.js';
import { PrismaPriceStore } from './prisma-price-store.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';

const month = '2026-03';
const clock = { now: () => Date.parse('2026-04-02T00:00:00Z') };

describe.each(testBackends)('the books of usage on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let log: UsageLog;
  let books: PrismaUsageBooks;
  let invoices: IssueInvoices;
  let verify: VerifyBooks;

  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.stop());

  /** March: two prices of translate in force, one of a model, none of embed; two tenants. */
  beforeEach(async () => {
    database = await openDatabase(await databases.migrated());
    log = openUsageLog(database);
    books = new PrismaUsageBooks(database);
    const store = new PrismaInvoiceStore(database);
    invoices = new IssueInvoices(store, new PrismaPriceStore(database), clock, 'EUR');
    verify = new VerifyBooks(books, store, invoices);
    await asOwner(`INSERT INTO prices VALUES
      ('first', 'translate', '', 3, 2, 'EUR', '2026-01-01', '2026-01-01'),
      ('second', 'translate', '', 5, 2, 'EUR', '2026-03-10T10:30:00Z', '2026-01-01'),
      ('own', 'translate', 'en-pt', 1000000, 1, 'EUR', '2026-03-20', '2026-01-01')`);
    const at = (requestId: string, time: string, rest: Parameters<typeof usageRow>[0] = {}) =>
      usageRow({ requestId, model: 'm@1', at: new Date(`2026-${time}Z`), amount: 1, ...rest });
    await log.record([
      at('feb', '02-28T23:59:59.999'),
      at('a', '03-01T00:00:00'),
      at('b', '03-10T10:29:59.999', { item: 1 }),
      at('c', '03-10T10:30:00', { keyId: 'key_b' }),
      at('d', '03-31T23:59:59.999', { amount: 2 }),
      at('e', '03-31T12:00:00', { model: 'en-pt@2', amount: 2 }),
      at('f', '03-31T12:00:00', { task: 'embed', model: 'e@1', amount: 9 }),
      at('g', '03-31T12:00:00', { amount: 0, status: 'deadline.exceeded' }),
      at('apr', '04-01T00:00:00'),
      at('other', '03-05T05:00:00', { tenantId: 'ten_b' }),
    ]);
  }, 30_000);
  afterEach(() => database.close());

  const asOwner = (sql: string) => database.transactSql((session) => session.script(sql));
  const differences = async () => {
    const days = [];
    for (const day of daysOfMonth(month)) days.push(...(await verify.day(day)));
    return [...days, ...(await verify.invoicesOf(month))];
  };

  it('bill a month by task, model and price period, each line rounded once', async () => {
    const free = { task: 'embed', model: 'e@1', unit: 'characters', items: 1, amount: 9, micros: 0 };
    const line = (id: string, model: string, rest: object) =>
      expect.objectContaining({ task: 'translate', model, priceId: id, ...rest });
    const expected = {
      ...{ month, currency: 'EUR', totalMicros: 2_000_011, total: '2.000011' },
      lines: [
        free,
        line('own', 'en-pt@2', { amount: 2, micros: 2_000_000 }),
        // 2 × 3 / 2 and 3 × 5 / 2 = 7.5: item by item it would be 2 + 2 and 3 + 5.
        line('first', 'm@1', { amount: 2, items: 2, micros: 3, validFrom: '2026-01-01T00:00:00.000Z' }),
        line('second', 'm@1', { amount: 3, items: 2, priceMicros: 5, perUnits: 2, micros: 8 }),
      ],
    };
    expect(await invoices.execute('ten_a', month)).toEqual({ ...expected, status: 'open' });
    await rollUpAll(books);
    expect(await invoices.execute('ten_a', month)).toEqual({ ...expected, status: 'open' });
    expect(await invoices.execute('ten_none', month)).toMatchObject({ lines: [], total: '0.000000' });
  });

  it('close every month that has been over for a day, once, and keep its invoice as it was', async () => {
    await rollUpAll(books);
    const open = await invoices.execute('ten_a', month);
    const unclosable = { count: 0, named: [] };
    expect(await invoices.closeMonths()).toEqual({ closed: 3, unclosable });
    expect(await invoices.closeMonths()).toEqual({ closed: 0, unclosable });
    const closed = await invoices.execute('ten_a', month);
    expect(closed).toEqual({ ...open, status: 'final', closedAt: closed.closedAt });
    expect(await invoices.execute('ten_a', '2026-04')).toMatchObject({
      status: 'open',
      lines: [{ amount: 1 }],
    });
    await log.record([usageRow({ requestId: 'late', at: new Date('2026-03-31T23:00:00Z') })]);
    expect(await invoices.execute('ten_a', month)).toEqual(closed);
    expect(await differences()).toEqual([
      'tenant ten_a, month 2026-03: the final invoice says 2.000011 EUR, roll-ups and prices say 2.000036',
    ]);
  });

  it('close the months of all others where one tenant has an invoice that no number can hold', async () => {
    await asOwner(`INSERT INTO prices VALUES
      ('mistyped', 'embed', '', 9007199254740991, 1, 'EUR', '2026-01-01', '2026-01-01')`);
    await rollUpAll(books);
    const named = ['No invoice of tenant ten_a for 2026-03: a cost beyond 2^53 - 1 millionths'];
    const unclosable = { count: 1, named };
    expect(await invoices.closeMonths()).toEqual({ closed: 2, unclosable });
    expect(await invoices.execute('ten_b', month)).toMatchObject({ status: 'final' });
    expect(await invoices.execute('ten_a', '2026-02')).toMatchObject({ status: 'final' });
    expect(await invoices.closeMonths()).toEqual({ closed: 0, unclosable });
    expect(await differences()).toEqual([
      'tenant ten_a, month 2026-03: there is usage, and no final invoice',
    ]);
  });

  it('name few of many invoices that no number can hold, and are kept at each round all the same, told hourly', async () => {
    await asOwner(`INSERT INTO prices VALUES
      ('mistyped', 'embed', '', 9007199254740991, 1, 'EUR', '2026-01-01', '2026-01-01')`);
    const at = new Date('2026-03-05T00:00:00Z');
    const rowOf = (_: unknown, n: number) =>
      usageRow({ tenantId: `ten_c${n}`, requestId: 'x', task: 'embed', model: 'e@1', amount: 9, at });
    await log.record(Array.from({ length: 60 }, rowOf));
    let laterMs = 0;
    const real = performance.now.bind(performance);
    const time = jest.spyOn(performance, 'now').mockImplementation(() => real() + laterMs);
    const told: { count: number; named: string[] }[] = [];
    const rounds = new EventEmitter();
    const rollUp = books.rollUp.bind(books);
    jest.spyOn(books, 'rollUp').mockImplementation((limit) => {
      rounds.emit('round');
      return rollUp(limit);
    });
    const observer = {
      onError: (error: unknown) => expect(error).toBeUndefined(),
      onUnclosable: (left: { count: number; named: string[] }) => told.push(left),
    };
    const drop = new DropUsage(books, clock, undefined);
    const keeper = new KeepBooks(books, invoices, drop, { pollMs: 1 }, observer);
    keeper.start();
    const threeRounds = async () => {
      for (let n = 0; n < 3; n++) await once(rounds, 'round');
    };
    await threeRounds();
    await threeRounds();
    expect(told).toHaveLength(1);
    expect(told[0]?.count).toBe(61);
    expect(told[0]?.named).toHaveLength(20);
    laterMs = 3_600_000;
    await threeRounds();
    await keeper.stop();
    time.mockRestore();
    expect(told).toHaveLength(2);
  });

  it('are not closed any further, nor called unclosable, where the database refuses', async () => {
    await rollUpAll(books);
    await asOwner('REVOKE INSERT ON invoices FROM inferway_biller');
    await expect(invoices.closeMonths()).rejects.toThrow();
    await asOwner('GRANT INSERT ON invoices TO inferway_biller');
    expect(await invoices.closeMonths()).toMatchObject({ closed: 3 });
  });

  it('leave unknown which row was altered of an hour that a program of before wrote to as well', async () => {
    await database.usageInbox?.settle();
    await asOwner(`UPDATE usage_deltas SET squares = NULL WHERE model = 'en-pt@2'`);
    await rollUpAll(books);
    await log.record([usageRow({ requestId: 'late', at: new Date('2026-03-31T12:30:00Z'), amount: 0 })]);
    await rollUpAll(books);
    await invoices.closeMonths();
    expect(await differences()).toEqual([]);
    await asOwner(`UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id = 'g'`);
    expect(await differences()).toEqual([expect.stringContaining('altered: one row or more')]);
  });

  it('are compared in parts of few rows as they are in one: each difference is named once', async () => {
    await rollUpAll(books);
    await asOwner(`UPDATE usage_rows SET amount = 7 WHERE request_id IN ('d', 'f')`);
    await invoices.closeMonths();
    const whole = await differences();
    const store = new PrismaInvoiceStore(database);
    verify = new VerifyBooks(new PrismaUsageBooks(database, 1), store, invoices);
    expect([...(await differences())].sort()).toEqual([...whole].sort());
    expect(whole).toHaveLength(4);
  });

  it.each([true, false])('agree when nobody touched them (rolled up: %s)', async (rolledUp) => {
    if (rolledUp) await rollUpAll(books);
    await invoices.closeMonths();
    expect(await differences()).toEqual([]);
    expect(await verify.months()).toEqual(['2026-02', '2026-03', '2026-04']);
  });

  const noon = 'tenant ten_a, hour 2026-03-31T12:00:00.000Z, task translate';
  const hour = 'tenant ten_a, hour 2026-03-31T23:00:00.000Z, task translate';
  const unbilled = `${noon}: rows: the digest differs; entered when they were written: 2 items, 2 units`;
  const group = 'roll-up of key key_a, model m@1, outcome ok';
  const day = (found: string, expected: string) =>
    `tenant ten_a, day 2026-03-31, task translate: sum of key key_a, model m@1, outcome ok: 1 items, ${found} units; its roll-ups: 1 items, ${expected} units`;
  it.each([
    {
      what: 'a row whose amount the owner altered',
      sql: `UPDATE usage_rows SET amount = 1 WHERE request_id = 'd'`,
      named: [
        `${hour}: rows: 1 items, 1 units; entered when they were written: 1 items, 2 units; altered: request d, item 0, outcome ok`,
        `${hour}: ${group}: 1 items, 2 units; its rows: 1 items, 1 units`,
      ],
    },
    {
      what: 'a row, among others of its hour, of which the owner altered what is not billed',
      // And another one back and forth, which leaves nothing.
      sql: `UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id = 'e';
        UPDATE usage_rows SET amount = 7 WHERE request_id = 'g';
        UPDATE usage_rows SET amount = 0 WHERE request_id = 'g'`,
      named: [`${unbilled}; altered: request e, item 0, outcome ok`],
    },
    {
      what: 'a row whose outcome the owner altered, and what it was',
      sql: `UPDATE usage_rows SET status = 'ok' WHERE request_id = 'g'`,
      named: [
        `${unbilled}; altered: request g, item 0, outcome ok, entered as request g, item 0, outcome deadline.exceeded`,
        `${noon}: roll-up of key key_a, model m@1, outcome deadline.exceeded: 1 items, 0 units; its rows: 0 items, 0 units`,
        `${noon}: roll-up of key key_a, model m@1, outcome ok: 0 items, 0 units; its rows: 1 items, 0 units`,
      ],
    },
    {
      what: 'no row where the owner altered two of an hour',
      sql: `UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id IN ('e', 'g')`,
      named: [`${unbilled}; altered: several rows, or the ledger`],
    },
    {
      what: 'rows whose digests agree in their sum alone',
      sql: `UPDATE usage_ledger SET squares = squares + 2 WHERE hour = '2026-03-31T12:00:00Z' AND task = 'translate'`,
      named: [`${unbilled}; altered: several rows, or the ledger`],
    },
    {
      what: 'a row that the owner deleted, and that others of its hour were altered',
      sql: `UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id = 'e';
        DELETE FROM usage_rows WHERE request_id = 'g'`,
      named: [
        `${noon}: rows: 1 items, 2 units; entered when they were written: 2 items, 2 units; missing: request g, item 0, outcome deadline.exceeded; altered: others, or the ledger`,
        `${noon}: roll-up of key key_a, model m@1, outcome deadline.exceeded: 1 items, 0 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'an altered row of an hour of before it could be told, as far as it can',
      sql: `UPDATE usage_ledger SET squares = NULL;
        UPDATE usage_rows SET compute_ms = compute_ms + 1 WHERE request_id = 'e'`,
      named: [`${unbilled}; altered: one row or more`],
    },
    {
      what: 'a row that the owner deleted',
      sql: `DELETE FROM usage_rows WHERE request_id = 'd'`,
      named: [
        `${hour}: rows: 0 items, 0 units; entered when they were written: 1 items, 2 units; missing: request d, item 0, outcome ok`,
        `${hour}: ${group}: 1 items, 2 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'a row that the owner deleted beside others of its hour',
      sql: `DELETE FROM usage_rows WHERE request_id = 'g'`,
      named: [
        `${noon}: rows: 1 items, 2 units; entered when they were written: 2 items, 2 units; missing: request g, item 0, outcome deadline.exceeded`,
        `${noon}: roll-up of key key_a, model m@1, outcome deadline.exceeded: 1 items, 0 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'a row that the owner added',
      sql: `INSERT INTO usage_rows SELECT tenant_id, request_id || '.7', 5, key_id, task, model, unit, amount, status,
        compute_ms, padding_ms, queue_ms, inference_ms, at FROM usage_rows WHERE request_id = 'd'`,
      named: [
        `${hour}: rows: 2 items, 4 units; entered when they were written: 1 items, 2 units; too many: request d.7, item 5, outcome ok`,
        `${hour}: ${group}: 1 items, 2 units; its rows: 2 items, 4 units`,
      ],
    },
    {
      what: 'how many rows the owner deleted of an hour, and none of them',
      sql: `DELETE FROM usage_rows WHERE request_id IN ('e', 'g')`,
      named: [
        `${noon}: rows: 0 items, 0 units; entered when they were written: 2 items, 2 units; missing: 2 rows`,
        `${noon}: roll-up of key key_a, model en-pt@2, outcome ok: 1 items, 2 units; its rows: 0 items, 0 units`,
        `${noon}: roll-up of key key_a, model m@1, outcome deadline.exceeded: 1 items, 0 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'no row where the owner changed more than one, whatever their count',
      sql: `UPDATE usage_rows SET request_id = 'another' WHERE request_id = 'e';
        DELETE FROM usage_rows WHERE request_id = 'g'`,
      named: [
        `${noon}: rows: 1 items, 2 units; entered when they were written: 2 items, 2 units; missing: 1 rows; altered: others, or the ledger`,
        `${noon}: roll-up of key key_a, model m@1, outcome deadline.exceeded: 1 items, 0 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'a deleted row of an hour of before rows were known by it, as far as it can',
      sql: `UPDATE usage_ledger SET identity = NULL; DELETE FROM usage_rows WHERE request_id = 'd'`,
      named: [
        `${hour}: rows: 0 items, 0 units; entered when they were written: 1 items, 2 units; missing: 1 rows`,
        `${hour}: ${group}: 1 items, 2 units; its rows: 0 items, 0 units`,
      ],
    },
    {
      what: 'a roll-up that the owner altered',
      sql: `UPDATE usage_rollups SET amount = 1 WHERE starts_at = '2026-03-31T23:00:00Z'`,
      named: [`${hour}: ${group}: 1 items, 1 units; its rows: 1 items, 2 units`, day('2', '1')],
    },
    {
      what: 'a roll-up that the owner gave to another key',
      sql: `UPDATE usage_rollups SET key_id = 'key_z' WHERE starts_at = '2026-03-31T23:00:00Z'`,
      named: [
        `${hour}: ${group}: 0 items, 0 units; its rows: 1 items, 2 units`,
        `${hour}: roll-up of key key_z, model m@1, outcome ok: 1 items, 2 units; its rows: 0 items, 0 units`,
        'tenant ten_a, day 2026-03-31, task translate: sum of key key_a, model m@1, outcome ok: 1 items, 2 units; its roll-ups: 0 items, 0 units',
        'tenant ten_a, day 2026-03-31, task translate: sum of key key_z, model m@1, outcome ok: 0 items, 0 units; its roll-ups: 1 items, 2 units',
      ],
    },
    {
      what: 'a day that the owner altered',
      sql: `UPDATE usage_days SET amount = 7 WHERE starts_at = '2026-03-31' AND model = 'm@1' AND status = 'ok'`,
      named: [day('7', '2')],
    },
    {
      what: 'an invoice that the owner deleted',
      sql: `DELETE FROM invoices WHERE tenant_id = 'ten_b' AND month = '2026-03'`,
      named: ['tenant ten_b, month 2026-03: there is usage, and no final invoice'],
    },
    {
      what: 'an invoice that the owner altered',
      sql: `UPDATE invoices SET total_micros = 1 WHERE tenant_id = 'ten_b' AND month = '2026-03'`,
      named: [
        'tenant ten_b, month 2026-03: the final invoice says 0.000001 EUR, roll-ups and prices say 0.000002',
      ],
    },
  ])('name $what', async ({ sql, named }) => {
    await rollUpAll(books);
    await invoices.closeMonths();
    await asOwner(sql);
    expect((await differences()).filter((line) => !line.includes('ten_a, month'))).toEqual(named);
  });
});
