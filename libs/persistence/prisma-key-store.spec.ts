import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthenticateKey, ManageKeys, standardPlan, type Tenant } from '#core';
import { AppError, systemClock } from '#kernel';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { migrate } from './migrate.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaKeyStore } from './prisma-key-store.js';
import { asRole } from './roles.js';

describe.each(testBackends)('PrismaKeyStore on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let store: PrismaKeyStore;
  let manage: ManageKeys;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.fresh());
    await migrate(database);
    store = new PrismaKeyStore(database);
    manage = new ManageKeys(store, systemClock);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  it('authenticates a key that was made, with the weight of its tenant, and not after it is revoked', async () => {
    const tenant = await manage.createTenant('Acme', 2.5);
    const { id, text } = await manage.createKey(tenant.id, 'production', 'admin');
    const principal = await new AuthenticateKey(store, systemClock).execute(text);
    expect(principal).toEqual({
      ...{ tenantId: tenant.id, keyId: id, role: 'admin', weight: 2.5 },
      ...{ plan: standardPlan, budget: null },
    });
    await manage.revokeKey(id);
    await expect(new AuthenticateKey(store, systemClock).execute(text)).rejects.toMatchObject({
      code: 'auth.revoked_key',
    });
  });

  it('gives back every field as it was stored', async () => {
    const createdAt = new Date('2026-11-24T10:11:12.345Z');
    const tenant: Tenant = {
      ...{ id: 'ten_fields', name: 'Ünïcode', planId: 'standard', status: 'suspended', createdAt },
      ...{ weight: 0.25, retentionDays: 30, budget: Number.MAX_SAFE_INTEGER },
    };
    await store.createTenant(tenant);
    const hash = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    const key = { id: 'KeyFields', tenantId: tenant.id, name: 'n', role: 'tenant' as const, createdAt };
    const stored = { ...key, hash, revokedAt: null };
    await store.createKey(stored);
    expect(plain(await store.findKey(key.id))).toEqual({
      ...stored,
      tenant: { status: 'suspended', weight: 0.25, budget: Number.MAX_SAFE_INTEGER },
      plan: standardPlan,
    });
    expect((await store.listKeys(tenant.id)).map(plain)).toEqual([stored]);
    expect(await store.listTenants()).toContainEqual(tenant);
  });

  it('reads the whole plan along, and its weight where the tenant has none', async () => {
    const plan = {
      ...{ id: 'small', name: 'Small', ratePerSecond: 2.5, burst: 10, concurrency: 4, maxItems: 8 },
      ...{ monthlyUnits: { translate: 500_000 }, softThreshold: 0.5, weight: 0.5, retentionDays: 2 },
      corsOrigins: ['https://shop.example'],
    };
    await asRole(database, 'inferway_directory', undefined, async (transaction) => {
      await transaction.plan.create({ data: plan });
    });
    await store.createTenant({ id: 'ten_small', name: 's', planId: 'small', createdAt: new Date() });
    const { text } = await manage.createKey('ten_small', 'k');
    const principal = await new AuthenticateKey(store, systemClock).execute(text);
    expect(principal).toMatchObject({ plan, weight: 0.5 });
  });

  it('knows neither a missing key nor one of another letter case', async () => {
    expect(await store.findKey('keyfields')).toBeUndefined();
    expect(await store.findKey('')).toBeUndefined();
    expect(await store.findKey(`x' OR 'a'='a`)).toBeUndefined();
    expect(await store.revokeKey('keyfields', new Date())).toBe(false);
  });

  it('keeps the first time of revocation', async () => {
    const tenant = await manage.createTenant('Twice');
    const { id } = await manage.createKey(tenant.id, 'k');
    expect(await store.revokeKey(id, new Date('2026-01-01T00:00:00Z'))).toBe(true);
    expect(await store.revokeKey(id, new Date('2026-02-01T00:00:00Z'))).toBe(true);
    expect((await store.findKey(id))?.revokedAt).toEqual(new Date('2026-01-01T00:00:00Z'));
  });

  it('lists the keys of one tenant or of all', async () => {
    const [one, two] = [await manage.createTenant('One'), await manage.createTenant('Two')];
    const first = await manage.createKey(one.id, 'first');
    const second = await manage.createKey(two.id, 'second');
    expect((await store.listKeys(one.id)).map(({ id }) => id)).toEqual([first.id]);
    const all = (await store.listKeys()).map(({ id }) => id);
    expect(all).toEqual(expect.arrayContaining([first.id, second.id]));
  });

  it('refuses a key of a tenant that does not exist', async () => {
    const key = { id: 'orphan', tenantId: 'ten_missing', name: 'n', role: 'tenant' as const };
    const made = store.createKey({
      ...key,
      hash: new Uint8Array(32),
      createdAt: new Date(),
      revokedAt: null,
    });
    await expect(made).rejects.toBeInstanceOf(AppError);
    await expect(made).rejects.toMatchObject({ code: 'resource.not_found' });
  });
});

/** Drivers give Buffers, which are Uint8Arrays with another prototype. */
function plain<T extends { hash: Uint8Array }>(key: T | undefined) {
  return key && { ...key, hash: Uint8Array.from(key.hash) };
}
