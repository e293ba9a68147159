import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuthenticateKey, generateApiKey, hashApiKey, standardPlan, type KeyStore } from '#core';
import { systemClock } from '#kernel';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { addKey, addTenant, aKey, anEvent } from './fixtures/tenant.js';
import { openDatabase, type Database } from './open-database.js';
import { openDirectory } from './open-directory.js';

describe.each(testBackends)('PrismaKeyStore on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let store: KeyStore;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    store = openDirectory(database).keys;
    await addTenant(database, { id: 'ten_a' });
    await addTenant(database, { id: 'ten_b' });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const authenticate = (text: string) =>
    new AuthenticateKey(store, systemClock).execute({ text, address: '127.0.0.1', origin: undefined });

  it('reads tenant and plan along with a key, and no longer accepts it once it is revoked', async () => {
    await addTenant(database, { id: 'ten_heavy', weight: 2.5, budget: 5 });
    const { id, text } = generateApiKey('admin');
    await addKey(database, { id, tenantId: 'ten_heavy', role: 'admin', hash: hashApiKey(text) });
    expect(await authenticate(text)).toEqual({
      ...{ tenantId: 'ten_heavy', keyId: id, role: 'admin', scopes: ['*'], weight: 2.5 },
      ...{ plan: standardPlan, budget: 5 },
    });
    await store.revoke(id, anEvent());
    await expect(authenticate(text)).rejects.toMatchObject({ code: 'auth.revoked_key' });
  });

  it('gives back every field as it was stored', async () => {
    await addTenant(database, { id: 'ten_fields', status: 'suspended', budget: Number.MAX_SAFE_INTEGER });
    const key = aKey({
      ...{ id: 'KeyFields', tenantId: 'ten_fields', name: 'Ünïcode' },
      hash: Uint8Array.from({ length: 32 }, (_, i) => 255 - i),
      scopes: ['translate', 'jobs:read'],
      ...{ allowedOrigins: ['https://shop.example'], allowedNetworks: ['10.0.0.0/8', '2001:db8::1'] },
      ...{ createdAt: new Date('2026-11-24T10:11:12.345Z'), expiresAt: new Date('2027-01-01T00:00:00.001Z') },
    });
    await addKey(database, key);
    expect(plain(await store.findKey(key.id))).toEqual({
      ...key,
      tenant: { status: 'suspended', weight: 1, budget: Number.MAX_SAFE_INTEGER },
      plan: standardPlan,
    });
    expect((await store.list({ tenantId: 'ten_fields', limit: 10 })).map(plain)).toEqual([key]);
  });

  it('knows neither a missing key nor one of another letter case', async () => {
    expect(await store.findKey('keyfields')).toBeUndefined();
    expect(await store.findKey('')).toBeUndefined();
    expect(await store.findKey(`x' OR 'a'='a`)).toBeUndefined();
    expect(await store.revoke('keyfields', anEvent())).toBeUndefined();
  });

  it('keeps the first time of revocation', async () => {
    await addKey(database, { id: 'twice', tenantId: 'ten_a' });
    const first = new Date('2026-01-01T00:00:00Z');
    expect(await store.revoke('twice', anEvent({ at: first }))).toMatchObject({ revokedAt: first });
    const again = await store.revoke('twice', anEvent({ at: new Date('2026-02-01T00:00:00Z') }));
    expect(again).toMatchObject({ revokedAt: first });
  });

  it('lists the keys of one tenant or of all, page by page without a gap', async () => {
    const createdAt = new Date();
    for (let i = 0; i < 5; i++) await addKey(database, { id: `page_${i}`, tenantId: 'ten_b', createdAt });
    const seen: string[] = [];
    let after: { createdAt: Date; id: string } | undefined;
    for (let pages = 0; pages < 3; pages++) {
      const page = await store.list({ tenantId: 'ten_b', limit: 2, ...(after && { after }) });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
    }
    expect(seen).toEqual(['page_0', 'page_1', 'page_2', 'page_3', 'page_4']);
    expect((await store.list({ limit: 1_000 })).length).toBeGreaterThan(5);
  });

  it('refuses a key of a tenant that does not exist', async () => {
    await expect(addKey(database, { id: 'orphan', tenantId: 'ten_missing' })).rejects.toMatchObject({
      code: 'resource.not_found',
    });
  });

  it('marks many keys as used in one statement, and never takes a time back', async () => {
    for (const id of ['used_1', 'used_2']) await addKey(database, { id, tenantId: 'ten_a' });
    const late = new Date('2026-11-24T12:00:00.000Z');
    await store.markUsed([
      { id: 'used_1', at: late },
      { id: 'used_2', at: late },
      { id: 'gone', at: late },
    ]);
    await store.markUsed([{ id: 'used_2', at: new Date('2026-11-24T11:00:00Z') }]);
    expect((await store.findKey('used_1'))?.lastUsedAt).toEqual(late);
    expect((await store.findKey('used_2'))?.lastUsedAt).toEqual(late);
  });

  it('replaces a key once, lets the old one go on until then, and not beyond its own expiry', async () => {
    const at = new Date('2026-11-24T12:00:00Z');
    const [soon, later] = [new Date('2026-11-24T13:00:00Z'), new Date('2026-11-25T12:00:00Z')];
    await addKey(database, { id: 'old_1', tenantId: 'ten_a' });
    await addKey(database, { id: 'old_2', tenantId: 'ten_a', expiresAt: soon });
    for (const id of ['old_1', 'old_2']) {
      const next = aKey({ id: `new_${id}`, tenantId: 'ten_a' });
      expect(await store.replace(id, next, later, anEvent({ at }))).toBe(true);
    }
    expect(await store.findKey('old_1')).toMatchObject({ replacedBy: 'new_old_1', expiresAt: later });
    expect(await store.findKey('old_2')).toMatchObject({ replacedBy: 'new_old_2', expiresAt: soon });
    expect(await store.findKey('new_old_1')).toMatchObject({ replacedBy: null, expiresAt: null });
    const again = aKey({ id: 'new_again', tenantId: 'ten_a' });
    expect(await store.replace('old_1', again, later, anEvent({ at }))).toBe(false);
    expect(await store.findKey('new_again')).toBeUndefined();
  });
});

/** Drivers give Buffers, which are Uint8Arrays with another prototype. */
function plain<T extends { hash: Uint8Array }>(key: T | undefined) {
  return key && { ...key, hash: Uint8Array.from(key.hash) };
}
