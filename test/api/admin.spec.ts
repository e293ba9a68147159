import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { auditView, keyView, newKeyView, priceList, priceView, tenantView } from '#contracts';
import { generateApiKey } from '#core';
import { endpoints } from '#transport';
import { startLocalGateway } from './local-gateway.js';

/** The headers that the committed API reference names in any reply. */
function documentedReplyHeaders(): Set<string> {
  const reply = z.object({ headers: z.record(z.string(), z.unknown()) });
  const operation = z.object({ responses: z.record(z.string(), reply) });
  const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });
  const { paths } = document.parse(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  const replies = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap(({ responses }) => Object.values(responses)),
  );
  return new Set(replies.flatMap(({ headers }) => Object.keys(headers)));
}

const verbs = z.enum(['get', 'post', 'patch', 'delete']);
type Verb = z.infer<typeof verbs>;
const verbOf = (method: string): Verb => verbs.parse(method.toLowerCase());
const ids = z.object({ id: z.string() });
const translation = { text: 'Good morning', source: 'en', target: 'pt' };

describe('the admin API', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  beforeAll(async () => {
    gateway = await startLocalGateway({ trustedProxies: ['127.0.0.0/8', '::1'] });
  }, 30_000);
  afterAll(() => gateway.stop());

  const as = (key: string, verb: Verb, path: string) => {
    const client = request(gateway.target.url);
    return client[verb](path).set('authorization', `Bearer ${key}`);
  };
  const admin = (verb: Verb, path: string) => as(gateway.adminKey, verb, `/v1/admin/${path}`);
  const read = async (asked: request.Test, status: number): Promise<unknown> => {
    const reply = await asked;
    expect({ status: reply.status, text: reply.text }).toMatchObject({ status });
    return reply.body;
  };
  const newTenant = async (body: object = {}) =>
    tenantView.parse(await read(admin('post', 'tenants').send({ name: 'Acme', ...body }), 201));
  const newKey = async (body: object) => newKeyView.parse(await read(admin('post', 'keys').send(body), 201));
  const translate = async (key: string, address?: string) => {
    const asked = as(key, 'post', '/v1/translate').send(translation);
    const reply = await (address === undefined ? asked : asked.set('x-forwarded-for', address));
    return reply.status === 200 ? 'ok' : z.object({ code: z.string() }).parse(reply.body).code;
  };
  const untilFresh = () => new Promise((resolve) => setTimeout(resolve, 1_100));
  const lastAudit = async () => {
    const list = await read(admin('get', 'audit?limit=1'), 200);
    return z.object({ entries: z.array(auditView) }).parse(list).entries[0];
  };

  it('is for admin keys with the scope alone, at every endpoint', async () => {
    const tenant = await newTenant();
    const readOnly = await newKey({ tenantId: tenant.id, role: 'admin', scopes: ['admin:read'] });
    const other = await newKey({ tenantId: tenant.id, role: 'admin', scopes: ['usage:read'] });
    const adminOnly = endpoints.filter(({ tag }) => tag === 'admin');
    expect(adminOnly.length).toBeGreaterThan(15);
    for (const { method, path, scope } of adminOnly) {
      const verb = verbOf(method);
      await read(as(gateway.key, verb, path), 403).then((body) =>
        expect(body).toMatchObject({ code: 'auth.forbidden' }),
      );
      const lacking = { code: 'auth.missing_scope', supported: [scope] };
      expect(await read(as(other.text, verb, path), 403)).toMatchObject(lacking);
      if (scope === 'admin:write')
        expect(await read(as(readOnly.text, verb, path), 403)).toMatchObject(lacking);
    }
    await read(as(readOnly.text, 'get', '/v1/admin/tenants'), 200);
  });

  it('makes, shows, changes and lists tenants', async () => {
    const tenant = await newTenant({ weight: 2 });
    expect(tenant).toMatchObject({ planId: 'standard', status: 'active', weight: 2, retentionDays: null });
    const changed = await read(
      admin('patch', `tenants/${tenant.id}`).send({ retentionDays: 30, budget: 5_000_000, weight: null }),
      200,
    );
    expect(changed).toMatchObject({ name: 'Acme', weight: null, retentionDays: 30, budget: 5_000_000 });
    expect(await read(admin('get', `tenants/${tenant.id}`), 200)).toMatchObject({ budget: 5_000_000 });
    const ids: string[] = [];
    let cursor = '';
    do {
      const page = await read(admin('get', `tenants?limit=2${cursor}`), 200);
      const shape = z.object({ tenants: z.array(tenantView), nextCursor: z.string().optional() });
      const { tenants, nextCursor } = shape.parse(page);
      ids.push(...tenants.map(({ id }) => id));
      cursor = nextCursor === undefined ? '' : `&cursor=${nextCursor}`;
    } while (cursor !== '');
    expect(ids).toContain(tenant.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    ['post', 'tenants', { name: '' }, 'name'],
    ['post', 'tenants', { name: 'Ac\0me' }, 'name'],
    ['post', 'tenants', { name: 'a', weight: 0 }, 'weight'],
    ['post', 'tenants', { name: 'a', budget: -1 }, 'budget'],
    ['post', 'tenants', { name: 'a', wieght: 2 }, 'wieght'],
    ['post', 'plans', { id: 'Not A Slug' }, 'id'],
    ['post', 'plans', { id: 'p', ratePerSecond: 5 }, 'burst'],
    ['post', 'plans', { id: 'p', monthlyUnits: { transalte: 5 } }, 'monthlyUnits.transalte'],
    ['post', 'plans', { id: 'p', corsOrigins: ['https://shop.example/path'] }, 'corsOrigins[0]'],
    ['post', 'prices', { task: 'transalte', priceMicros: 1 }, 'task'],
    ['post', 'prices', { task: 'translate', priceMicros: 0.5 }, 'priceMicros'],
    ['post', 'prices', { task: 'translate', priceMicros: 1, perUnits: 0 }, 'perUnits'],
    ['post', 'prices', { task: 'translate', priceMicros: 1, currency: 'EUR' }, 'currency'],
    ['post', 'prices', { task: 'translate', priceMicros: 1, validFrom: '2020-01-01T00:00:00Z' }, 'validFrom'],
    ['post', 'plans', { id: 'p', name: 'Gold\0' }, 'name'],
    ['post', 'keys', { tenantId: 't\0' }, 'tenantId'],
    ['post', 'keys', { tenantId: 't', name: 'shop\ud800' }, 'name'],
    ['get', 'keys?tenantId=t%00', undefined, 'tenantId'],
    ['patch', 'tenants/ten_none', { name: '\0' }, 'name'],
    ['post', 'keys', { tenantId: 't', scopes: ['transalte'] }, 'scopes[0]'],
    ['post', 'keys', { tenantId: 't', scopes: ['translate', 'admin:read'] }, 'scopes[1]'],
    ['post', 'keys', { tenantId: 't', allowedNetworks: ['10.0.0.0/33'] }, 'allowedNetworks[0]'],
    ['post', 'keys', { tenantId: 't', allowedNetworks: ['example.com'] }, 'allowedNetworks[0]'],
    ['post', 'keys', { tenantId: 't', allowedOrigins: ['shop.example'] }, 'allowedOrigins[0]'],
    ['post', 'keys', { tenantId: 't', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ] as const)('names what is wrong: %s %s %j', async (verb, path, body, issue) => {
    const refusal = await read(admin(verb, path).send(body), 422);
    expect(refusal).toMatchObject({ code: 'request.invalid', issues: [{ path: issue }] });
  });

  it('refuses what has no object, and what its state forbids', async () => {
    const tenant = await newTenant();
    for (const [verb, path] of [
      ['get', 'tenants/ten_none'],
      ['delete', 'tenants/ten_none'],
      ['get', 'keys/none'],
      ['delete', 'keys/none'],
      ['get', 'plans/none'],
      ['delete', 'plans/none'],
    ] as const) {
      expect(await read(admin(verb, path), 404)).toMatchObject({ code: 'resource.not_found' });
    }
    await read(admin('post', 'keys').send({ tenantId: 'ten_none' }), 404);
    await read(admin('post', 'tenants').send({ name: 'a', planId: 'none' }), 404);
    const conflicts = [
      admin('post', 'plans').send({ id: 'standard' }),
      admin('delete', 'plans/standard'),
      admin('delete', `tenants/${tenant.id}`),
      admin('post', `tenants/${gateway.otherTenantId}/suspend`),
    ];
    for (const asked of conflicts)
      expect(await read(asked, 409)).toMatchObject({ code: 'resource.conflict' });
  });

  it('suspends a tenant within two seconds, and takes it back', async () => {
    const tenant = await newTenant();
    const { text } = await newKey({ tenantId: tenant.id });
    expect(await translate(text)).toBe('ok');
    await read(admin('post', `tenants/${tenant.id}/suspend`), 200);
    await untilFresh();
    expect(await translate(text)).toBe('tenant.suspended');
    await read(admin('post', `tenants/${tenant.id}/resume`), 200);
    await untilFresh();
    expect(await translate(text)).toBe('ok');
  });

  it('revokes a key within two seconds, and deletes a tenant with what it had', async () => {
    const tenant = await newTenant();
    const { id, text } = await newKey({ tenantId: tenant.id });
    expect(await translate(text)).toBe('ok');
    const revoked = keyView.parse(await read(admin('delete', `keys/${id}`), 200));
    expect(revoked.revokedAt).not.toBeNull();
    await untilFresh();
    expect(await translate(text)).toBe('auth.revoked_key');
    await read(admin('post', `tenants/${tenant.id}/suspend`), 200);
    expect(await read(admin('delete', `tenants/${tenant.id}`), 200)).toMatchObject({ keys: 1, jobs: 0 });
    await read(admin('get', `tenants/${tenant.id}`), 404);
    await read(admin('get', `keys/${id}`), 404);
    await untilFresh();
    expect(await translate(text)).toBe('auth.unknown_key');
  });

  it('rotates a key: both work until the old one has expired, with the same rules', async () => {
    const tenant = await newTenant();
    const rules = { scopes: ['translate'], allowedNetworks: ['127.0.0.0/8', '::1'] };
    const old = await newKey({ tenantId: tenant.id, name: 'shop', ...rules });
    const rotated = await read(admin('post', `keys/${old.id}/rotate`).send({ overlapS: 1 }), 201);
    const fresh = newKeyView.parse(rotated);
    expect(fresh).toMatchObject({ name: 'shop', ...rules });
    expect(fresh.text).not.toBe(old.text);
    expect(await Promise.all([translate(old.text), translate(fresh.text)])).toEqual(['ok', 'ok']);
    expect(await read(admin('post', `keys/${old.id}/rotate`), 409)).toMatchObject({
      code: 'resource.conflict',
    });
    await untilFresh();
    expect(await translate(old.text)).toBe('auth.expired_key');
    expect(await translate(fresh.text)).toBe('ok');
    expect(await read(admin('get', `keys/${old.id}`), 200)).toMatchObject({ replacedBy: fresh.id });
  });

  it('takes the address of the client from proxies that are trusted', async () => {
    const tenant = await newTenant();
    const { text } = await newKey({ tenantId: tenant.id, allowedNetworks: ['203.0.113.0/24'] });
    expect(await translate(text, '203.0.113.9')).toBe('ok');
    expect(await translate(text, '203.0.114.9')).toBe('auth.wrong_network');
    // The client itself wrote the first part; the proxy added what it saw.
    expect(await translate(text, '203.0.113.9, 198.51.100.1')).toBe('auth.wrong_network');
  });

  it('knows when a key was last used, soon after', async () => {
    const tenant = await newTenant();
    const { id, text } = await newKey({ tenantId: tenant.id });
    const lastUsed = async () => keyView.parse(await read(admin('get', `keys/${id}`), 200)).lastUsedAt;
    expect(await lastUsed()).toBeNull();
    const before = Date.now();
    await translate(text);
    for (let i = 0; i < 80 && (await lastUsed()) === null; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    const at = new Date((await lastUsed()) ?? 0).getTime();
    expect(at).toBeGreaterThanOrEqual(Math.floor(before));
    expect(at).toBeLessThanOrEqual(Date.now());
  }, 15_000);

  it('changes a plan for its tenants, and lets pages of its origins read replies', async () => {
    await read(admin('post', 'plans').send({ id: 'web', corsOrigins: ['https://shop.example'] }), 201);
    const tenant = await newTenant({ planId: 'web' });
    const { text } = await newKey({ tenantId: tenant.id });
    const asked = (origin: string, key = text) =>
      as(key, 'post', '/v1/translate').set('origin', origin).send(translation).expect(200);
    const shop = await asked('https://shop.example');
    expect(shop.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      vary: expect.stringContaining('Origin'),
    });
    const exposed = shop.headers['access-control-expose-headers']?.split(', ') ?? [];
    expect(exposed).toEqual(expect.arrayContaining([...documentedReplyHeaders()]));
    expect(shop.headers).not.toHaveProperty('access-control-allow-credentials');
    expect((await asked('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
    const standard = await asked('https://shop.example', gateway.key);
    expect(standard.headers).not.toHaveProperty('access-control-allow-origin');
    await read(admin('patch', 'plans/web').send({ corsOrigins: ['*'] }), 200);
    await untilFresh();
    const open = await asked('https://evil.example');
    expect(open.headers['access-control-allow-origin']).toBe('https://evil.example');
    expect(await read(admin('delete', 'plans/web'), 409)).toMatchObject({ code: 'resource.conflict' });
    await read(admin('patch', `tenants/${tenant.id}`).send({ planId: 'standard' }), 200);
    await read(admin('delete', 'plans/web'), 200);
  });

  it('sets a price from now, or from later on, lists them all, and logs who set it', async () => {
    const embed = { task: 'embed', priceMicros: 2_000_000 };
    const before = Date.now();
    const now = priceView.parse(await read(admin('post', 'prices').send(embed), 201));
    expect(now).toMatchObject({ ...embed, perUnits: 1_000_000, validFrom: now.createdAt });
    expect(new Date(now.validFrom).getTime()).toBeGreaterThan(before - 5_000);
    const validFrom = '2999-01-01T00:00:00.000Z';
    const order = { ...embed, model: 'minilm', priceMicros: 1_000_000, perUnits: 1_000, validFrom };
    const later = priceView.parse(await read(admin('post', 'prices').send(order), 201));
    expect(later).toMatchObject({ ...order, currency: now.currency });
    expect(await lastAudit()).toMatchObject({
      actor: `key:${gateway.adminKey.split('_')[2] ?? ''}`,
      action: 'price.set',
      target: later.id,
      details: order,
    });
    const taken = await read(admin('post', 'prices').send(order), 422);
    expect(taken).toMatchObject({ code: 'request.invalid', issues: [{ path: 'validFrom' }] });
    const { prices } = priceList.parse(await read(admin('get', 'prices'), 200));
    expect(prices).toEqual([now, later]);
  });

  it('answers the preflight of a browser, which has no key, and no other OPTIONS', async () => {
    const preflight = request(gateway.target.url)
      .options('/v1/jobs/job_1')
      .set({ origin: 'https://shop.example', 'access-control-request-method': 'DELETE' });
    const { headers } = await preflight.expect(204);
    expect(headers['access-control-allow-methods']).toBe('GET, HEAD, DELETE');
    expect(headers['access-control-allow-headers']).toContain('Authorization');
    const nowhere = request(gateway.target.url)
      .options('/v1/nothing')
      .set({ origin: 'https://shop.example', 'access-control-request-method': 'GET' });
    await nowhere.expect(404);
    await request(gateway.target.url).options('/v1/jobs').expect(405);
  });

  it('writes down who did what, from where, and no secret', async () => {
    const tenant = await newTenant({ name: 'Logged' });
    const made = await lastAudit();
    expect(made).toMatchObject({
      actor: `key:${gateway.adminKey.split('_')[2] ?? ''}`,
      action: 'tenant.create',
      target: tenant.id,
      address: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
      requestId: expect.stringMatching(/^req_/),
      details: { name: 'Logged', planId: 'standard' },
    });
    const key = await newKey({ tenantId: tenant.id });
    const rotated = newKeyView.parse(await read(admin('post', `keys/${key.id}/rotate`), 201));
    const plan = await read(admin('post', 'plans').send({ id: 'logged' }), 201);
    expect(plan).toMatchObject({ id: 'logged', weight: 1 });
    const before = (await lastAudit())?.id;
    await read(admin('post', 'plans').send({ id: 'logged' }), 409);
    expect((await lastAudit())?.id).toBe(before);
    const list = JSON.stringify(await read(admin('get', 'audit?limit=1000'), 200));
    for (const { text } of [key, rotated]) expect(list).not.toContain(text.split('_')[3]);
    expect(list).toContain('key.rotate');
    expect(await gateway.administration.audit.verify()).not.toHaveProperty('fault');
  });

  it('adds one row to the log for each act of an operator, named after it', async () => {
    const { id: tenantId } = await newTenant();
    let made = 0;
    const subjects: Record<string, () => Promise<{ id: string }>> = {
      tenant: newTenant,
      key: () => newKey({ tenantId }),
      plan: async () => ids.parse(await read(admin('post', 'plans').send({ id: `walked-${++made}` }), 201)),
    };
    const bodies: Record<string, object> = {
      createTenant: { name: 'Walked' },
      changeTenant: { name: 'Walked' },
      createKey: { tenantId },
      createPlan: { id: 'walked' },
      changePlan: { weight: 2 },
      setPrice: { task: 'answer', priceMicros: 1 },
    };
    const acts = endpoints.filter(({ scope }) => scope === 'admin:write');
    expect(acts.length).toBeGreaterThanOrEqual(12);
    for (const { operationId, method, path, status = 200 } of acts) {
      const [, act = '', noun = ''] = /^([a-z]+)([A-Z][a-z]+)$/.exec(operationId) ?? [];
      const subject = path.includes(':id') ? await subjects[noun.toLowerCase()]?.() : undefined;
      if (operationId === 'deleteTenant') await read(admin('post', `tenants/${subject?.id}/suspend`), 200);
      const before = await lastAudit();
      const asked = as(gateway.adminKey, verbOf(method), path.replace(':id', subject?.id ?? ''));
      const reply = await read(asked.send(bodies[operationId]), status);
      expect(await lastAudit()).toMatchObject({
        id: (before?.id ?? 0) + 1,
        action: `${noun.toLowerCase()}.${act}`,
        target: subject?.id ?? ids.parse(reply).id,
      });
    }
  });

  it('slows down whoever guesses keys, and nobody else at the same address', async () => {
    const from = '198.51.100.77';
    expect(await translate(gateway.key, from)).toBe('ok');
    const guesses = Array.from({ length: 25 }, () =>
      translate(gateway.key.replace(/^(iw_live_)...../, '$1zzzzz'), from),
    );
    // A changed id has a wrong checksum: mistyped keys cost nothing and are not counted.
    expect(new Set(await Promise.all(guesses))).toEqual(new Set(['auth.malformed_key']));
    const codes: string[] = [];
    for (let i = 0; i < 25; i++) codes.push(await translate(generateApiKey('live').text, from));
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'auth.unknown_key'));
    expect(codes.slice(20)).toEqual(Array.from({ length: 5 }, () => 'rate.limited'));
    const refusal = await as(generateApiKey('live').text, 'post', '/v1/translate')
      .set('x-forwarded-for', from)
      .send(translation)
      .expect(429);
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(50);
    expect(await translate(gateway.key, from)).toBe('ok');
    expect(await translate(generateApiKey('live').text, '198.51.100.78')).toBe('auth.unknown_key');
  });
});
