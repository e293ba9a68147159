import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { keyView, newKeyView, priceList, priceView, tenantView } from '#contracts';
import { generateApiKey } from '#core';
import { endpoints } from '#transport';
import { adminClient, translation, verbOf } from './admin-client.js';
import { describeAudit } from './audit-of-admin.js';
import { describePages } from './pages-of-origins.js';
import { invalidAdminInput } from './cases/admin.cases.js';
import { startLocalGateway, type LocalGateway } from './local-gateway.js';

describe('the admin API', () => {
  let gateway: LocalGateway;
  beforeAll(async () => {
    gateway = await startLocalGateway({ trustedProxies: ['127.0.0.0/8', '::1'] });
  }, 30_000);
  afterAll(() => gateway.stop());

  const { as, admin, read, newTenant, newKey, translate, untilFresh, lastAudit } = adminClient(() => gateway);

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

  it.each(invalidAdminInput)('names what is wrong: %s %s %j', async (verb, path, body, issue) => {
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

  it('takes it without the port that some proxies write behind it', async () => {
    const tenant = await newTenant();
    const rules = { allowedNetworks: ['203.0.113.0/24', '2001:db8:7::/48'] };
    const { text } = await newKey({ tenantId: tenant.id, ...rules });
    for (const address of ['203.0.113.9:51824', '[2001:db8:7::9]:51824', '[2001:db8:7::9]', '2001:db8:7::9'])
      expect([address, await translate(text, address)]).toEqual([address, 'ok']);
    expect(await translate(text, '[2001:db8:8::9]:51824')).toBe('auth.wrong_network');
    // A proxy before the last one may write it, too.
    expect(await translate(text, '203.0.113.9, 127.0.0.7:443')).toBe('ok');
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

  describePages(() => gateway);
  describeAudit(() => gateway);

  it('slows down whoever guesses keys, and nobody else at the same address', async () => {
    const from = '198.51.100.77';
    expect(await translate(gateway.key, from)).toBe('ok');
    const guesses = Array.from({ length: 25 }, () =>
      translate(gateway.key.replace(/^(iw_live_)...../, '$1zzzzz'), from),
    );
    // A changed id has a wrong checksum: mistyped keys cost nothing and are not counted.
    expect(new Set(await Promise.all(guesses))).toEqual(new Set(['auth.malformed_key']));
    const codes: string[] = [];
    // Each over a connection of its own, as a proxy that writes ports shows them.
    for (let i = 0; i < 25; i++)
      codes.push(await translate(generateApiKey('live').text, `${from}:${40_000 + i}`));
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
