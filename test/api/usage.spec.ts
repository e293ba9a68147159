import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invoice, tenantRequest } from '#contracts';
import { rollUpAll, systemOperator } from '#core';
import { usageRow } from '../../libs/persistence/fixtures/usage-row.js';
import { anEvent } from '../../libs/persistence/fixtures/tenant.js';
import { startLocalGateway } from './local-gateway.js';

const day = '2026-11-24';
const range = `from=${day}&to=${day}`;

/** Two hours of two keys, of which the first is rolled up. */
describe('GET /v1/usage and usage', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;

  beforeAll(async () => {
    gateway = await startLocalGateway({ storesUsage: true });
    const { ports, tenantId } = gateway;
    const row = (requestId: string, time: string, keyId: string, amount: number, status = 'ok') =>
      usageRow({ tenantId, requestId, keyId, amount, status, at: new Date(`${day}T${time}Z`) });
    await ports.usage.record([row('r1', '10:00:00', 'key_1', 3), row('r2', '10:59:59.999', 'key_2', 5)]);
    await rollUpAll(ports.books);
    await ports.usage.record([
      row('r3', '11:00:00', 'key_1', 7),
      row('r4', '11:30:00', 'key_1', 0, 'text.too_long'),
    ]);
  }, 60_000);
  afterAll(() => gateway.stop());

  const get = (path: string, accept = 'application/json') =>
    fetch(`${gateway.target.url}${path}`, {
      headers: { authorization: `Bearer ${gateway.target.key}`, accept },
    });
  const query = async (text: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${gateway.target.key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ query: text });
    return (await fetch(`${gateway.target.url}/graphql`, { method: 'POST', headers, body })).json();
  };

  it('answers as it always did when nothing new is asked for', async () => {
    expect(await (await get(`/v1/usage?${range}`)).json()).toEqual({
      usage: [
        {
          ...{ day, start: `${day}T00:00:00.000Z`, task: 'translate', unit: 'characters' },
          ...{ amount: 15, items: 4, computeMs: 10 },
        },
      ],
    });
  });

  it('splits hours by key and status, over REST and GraphQL alike', async () => {
    const expected = [
      { start: `${day}T10:00:00.000Z`, keyId: 'key_1', status: 'ok', amount: 3 },
      { start: `${day}T10:00:00.000Z`, keyId: 'key_2', status: 'ok', amount: 5 },
      { start: `${day}T11:00:00.000Z`, keyId: 'key_1', status: 'ok', amount: 7 },
      { start: `${day}T11:00:00.000Z`, keyId: 'key_1', status: 'text.too_long', amount: 0 },
    ];
    const rest: unknown = await (await get(`/v1/usage?${range}&bucket=hour&groupBy=task,key,status`)).json();
    expect(rest).toMatchObject({ usage: expected });
    expect(rest).not.toHaveProperty('usage.0.model');
    const args = `from: "${day}", to: "${day}", bucket: hour, groupBy: [key, status]`;
    expect(await query(`{ usage(${args}) { start keyId status amount } }`)).toEqual({
      data: { usage: expected },
    });
  });

  it('adds a month up by model, rolled up or not, over REST and GraphQL alike', async () => {
    const { ports, tenantId } = gateway;
    // A month of their own: what other tests sum stays as it is.
    const row = (requestId: string, date: string, model: string, amount: number) =>
      usageRow({ tenantId, requestId, model, amount, at: new Date(`${date}T12:00:00Z`) });
    await ports.usage.record([row('m1', '2026-09-01', 'en-pt@1', 3), row('m2', '2026-10-01', 'en-pt@1', 5)]);
    await rollUpAll(ports.books);
    await ports.usage.record([row('m3', '2026-09-30', 'en-pt@1', 7), row('m4', '2026-09-30', 'en-pt@2', 11)]);
    const expected = [
      { start: '2026-09-01T00:00:00.000Z', model: 'en-pt@1', amount: 10, items: 2 },
      { start: '2026-09-01T00:00:00.000Z', model: 'en-pt@2', amount: 11, items: 1 },
      { start: '2026-10-01T00:00:00.000Z', model: 'en-pt@1', amount: 5, items: 1 },
    ];
    const months = 'from=2026-09-01&to=2026-10-31&bucket=month&groupBy=model';
    const rest: unknown = await (await get(`/v1/usage?${months}`)).json();
    expect(rest).toMatchObject({ usage: expected });
    expect(rest).not.toHaveProperty('usage.0.keyId');
    const args = 'from: "2026-09-01", to: "2026-10-31", bucket: month, groupBy: [model]';
    expect(await query(`{ usage(${args}) { start model amount items } }`)).toEqual({
      data: { usage: expected },
    });
  });

  it('leads through all pages to what one page holds, over REST and GraphQL', async () => {
    const path = `/v1/usage?${range}&bucket=hour&groupBy=key,status&limit=3`;
    const first = (await (await get(path)).json()) as { usage: unknown[]; nextCursor: string };
    expect(first.usage).toHaveLength(3);
    const second: unknown = await (await get(`${path}&cursor=${first.nextCursor}`)).json();
    expect(second).toMatchObject({ usage: [{ status: 'text.too_long' }] });
    expect(second).not.toHaveProperty('nextCursor');
    const args = `from: "${day}", to: "${day}", bucket: hour, groupBy: [key, status], limit: 3`;
    const page = await query(
      `{ usagePage(${args}, cursor: "${first.nextCursor}") { usage { status } nextCursor } }`,
    );
    expect(page).toEqual({ data: { usagePage: { usage: [{ status: 'text.too_long' }], nextCursor: null } } });
  });

  it('is CSV where that is asked for, with a link to the next page', async () => {
    const reply = await get(`/v1/usage?${range}&bucket=hour&groupBy=key&limit=2`, 'text/csv');
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(await reply.text()).toBe(
      'start,task,unit,keyId,amount,items,computeMs\r\n' +
        `${day}T10:00:00.000Z,translate,characters,key_1,3,1,2.5\r\n` +
        `${day}T10:00:00.000Z,translate,characters,key_2,5,1,2.5\r\n`,
    );
    const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(reply.headers.get('link') ?? '') ?? [];
    const rest = await get(next, 'text/csv');
    expect(await rest.text()).toBe(
      `start,task,unit,keyId,amount,items,computeMs\r\n${day}T11:00:00.000Z,translate,characters,key_1,7,2,5\r\n`,
    );
    expect(rest.headers.get('link')).toBeNull();
    const refused = await get(next, 'text/csv;q=0');
    expect(refused.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('tells engine time to the microsecond, whatever floats add up to, on every surface', async () => {
    const { ports, tenantId } = gateway;
    const row = (requestId: string, computeMs: number) =>
      usageRow({ tenantId, requestId, computeMs, at: new Date('2026-08-01T12:00:00Z') });
    await ports.usage.record([row('c1', 0.1), row('c2', 0.2), row('c3', 3.000_400_1)]);
    const path = '/v1/usage?from=2026-08-01&to=2026-08-01';
    expect(await (await get(path)).json()).toMatchObject({ usage: [{ computeMs: 3.3 }] });
    expect(await (await get(path, 'text/csv')).text()).toMatch(/,30,3,3\.3\r\n$/);
    expect(await query('{ usage(from: "2026-08-01", to: "2026-08-01") { computeMs } }')).toEqual({
      data: { usage: [{ computeMs: 3.3 }] },
    });
  });

  it('bills a month alike over REST and GraphQL, open while usage may still come', async () => {
    const month = new Date().toISOString().slice(0, 7);
    const { ports, tenantId } = gateway;
    await ports.prices.add(
      {
        ...{ id: 'prc_1', task: 'embed', model: null, currency: 'EUR' },
        ...{ priceMicros: 18_500_000, perUnits: 1_000_000 },
      },
      anEvent(),
    );
    const row = { tenantId, requestId: 'billed', task: 'embed', model: 'e@1', amount: 3, at: new Date() };
    await ports.usage.record([usageRow(row)]);
    const line = { task: 'embed', model: 'e@1', unit: 'characters', items: 1, amount: 3, micros: 56 };
    const expected = { month, status: 'open', currency: 'EUR' };
    const rest: unknown = await (await get(`/v1/invoices/${month}`)).json();
    expect(rest).toMatchObject({ ...expected, requestId: expect.any(String) });
    expect(rest).toHaveProperty('lines', expect.arrayContaining([expect.objectContaining(line)]));
    const fields = 'month status currency lines { task model unit items amount micros }';
    expect(await query(`{ invoice(month: "${month}") { ${fields} } }`)).toMatchObject({
      data: { invoice: { ...expected, lines: expect.arrayContaining([line]) } },
    });
    expect((await get('/v1/invoices/2026-13')).status).toBe(422);
  });

  it('shows operators the invoice of any tenant, as the tenant sees it, also when it was deleted', async () => {
    const month = '2026-07';
    const { ports, otherTenantId, administration, tenantId } = gateway;
    const asked = async (tenant: string, of = month, key = gateway.adminKey) => {
      const path = `/v1/admin/tenants/${tenant}/invoices/${of}`;
      const reply = await fetch(`${gateway.target.url}${path}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return { status: reply.status, body: (await reply.json()) as object };
    };
    const at = new Date(`${month}-01T12:00:00Z`);
    await ports.usage.record([usageRow({ tenantId, requestId: 'july', amount: 9, at })]);
    // The month is over: the gateway may close it between any two of these.
    const { lines } = invoice.parse(await (await get(`/v1/invoices/${month}`)).json());
    expect(lines).toMatchObject([{ task: 'translate', amount: 9 }]);
    expect(await asked(tenantId)).toMatchObject({ status: 200, body: { month, lines } });
    expect(await asked(otherTenantId)).toMatchObject({ status: 200, body: { lines: [], totalMicros: 0 } });
    expect(await asked(tenantId, month, gateway.key)).toMatchObject({ body: { code: 'auth.forbidden' } });
    expect(await asked(tenantId, '2026-13')).toMatchObject({
      status: 422,
      body: { issues: [{ path: 'month' }] },
    });
    for (const tenant of ['ten_none', 'ten%00'])
      expect(await asked(tenant)).toMatchObject({ status: 404, body: { code: 'resource.not_found' } });

    const { id } = await administration.tenants.create(systemOperator, tenantRequest.parse({ name: 'gone' }));
    await ports.usage.record([usageRow({ tenantId: id, requestId: 'july', amount: 4, at })]);
    await administration.tenants.suspend(systemOperator, id);
    await administration.tenants.erase(systemOperator, id);
    expect(await asked(id)).toMatchObject({ status: 200, body: { lines: [{ amount: 4 }] } });
    expect(await asked(id, '2026-06')).toMatchObject({ status: 404 });
  });

  it('names an invoice that no number can hold, over REST and GraphQL, for its tenant and for operators', async () => {
    const { database, ports, tenantId } = gateway;
    await database.transactSql((session) =>
      session.script(`INSERT INTO prices VALUES
        ('mistyped', 'answer', '', 9007199254740991, 1, 'EUR', '2026-06-01', '2026-06-01')`),
    );
    const at = new Date('2026-06-02T12:00:00Z');
    await ports.usage.record([usageRow({ tenantId, requestId: 'june', task: 'answer', amount: 2, at })]);
    const named = { code: 'invoice.out_of_range', retryable: false };
    const reply = await get('/v1/invoices/2026-06');
    expect({ status: reply.status, body: (await reply.json()) as object }).toMatchObject({
      status: 409,
      body: named,
    });
    expect(await query('{ invoice(month: "2026-06") { total } }')).toMatchObject({
      errors: [{ extensions: named }],
    });
  });

  it('refuses sums that no number of JSON holds, and rounds none, on every surface', async () => {
    const most = '9007199254740991';
    const sum = (table: string, time: string, amount: string, items = '1') => `
      INSERT INTO ${table} VALUES ('${gateway.tenantId}', '2026-${time}:00:00Z', 'embed', 'key_1', 'e@1',
        'characters', 'ok', ${items}, ${amount}, 0, 0);`;
    const books =
      sum('usage_rollups', '05-01T00', most) +
      sum('usage_rollups', '05-01T01', '2') +
      sum('usage_days', '05-01T00', `${most} + 2`) +
      sum('usage_rollups', '08-01T00', '1', most) +
      sum('usage_rollups', '08-01T01', '1', '1');
    await gateway.database.transactSql((session) => session.script(books));
    const may = '/v1/usage?from=2026-05-01&to=2026-05-01';
    const args = 'from: "2026-05-01", to: "2026-05-01"';
    const hours = [{ amount: Number(most) }, { amount: 2 }];
    expect(await (await get(`${may}&bucket=hour`)).json()).toMatchObject({ usage: hours });
    expect(await query(`{ usage(${args}, bucket: hour) { amount } }`)).toEqual({ data: { usage: hours } });
    expect(await (await get(`${may}&bucket=hour`, 'text/csv')).text()).toContain(`,${most},1,0\r\n`);
    const issues = [{ path: 'bucket', message: expect.stringContaining('2026-05-01T00:00:00.000Z') }];
    for (const accept of ['application/json', 'text/csv'])
      expect(await (await get(may, accept)).json()).toMatchObject({ code: 'request.invalid', issues });
    expect(await query(`{ usage(${args}) { amount } }`)).toMatchObject({
      errors: [{ extensions: { issues } }],
    });
    for (const [month, detail] of [
      ['2026-05', 'an amount beyond 2^53 - 1 units'],
      ['2026-08', 'a count beyond 2^53 - 1 items'],
    ])
      expect(await (await get(`/v1/invoices/${month}`)).json()).toMatchObject({
        code: 'invoice.out_of_range',
        detail,
      });
  });

  it.each(['groupBy=colour', 'bucket=week', 'cursor=mine', 'limit=0', 'limit=10001'])(
    'refuses %s',
    async (wrong) => {
      expect((await get(`/v1/usage?${wrong}`)).status).toBe(422);
    },
  );
});
