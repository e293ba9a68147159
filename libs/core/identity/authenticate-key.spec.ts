import { beforeEach, describe, expect, it } from '@jest/globals';
import { KeyStore, type StoredKey, type Tenant } from '../ports/key-store.js';
import { standardPlan } from '../tenancy/standard-plan.js';
import { generateApiKey } from './api-key.js';
import { AuthenticateKey } from './authenticate-key.js';
import { ManageKeys } from './manage-keys.js';

/** The port over two maps, counting look-ups; the real adapters have their own tests. */
class MemoryKeyStore extends KeyStore {
  lookUps = 0;
  private readonly tenants = new Map<string, Tenant>();
  private readonly keys = new Map<string, StoredKey>();

  override findKey(id: string) {
    this.lookUps++;
    const key = this.keys.get(id);
    const tenant = this.tenants.get(key?.tenantId ?? '');
    if (key === undefined || tenant === undefined) return Promise.resolve(undefined);
    const { status, budget, weight } = tenant;
    return Promise.resolve({ ...key, tenant: { status, budget, weight: weight ?? 1 }, plan: standardPlan });
  }
  override createTenant(tenant: Tenant) {
    this.tenants.set(tenant.id, tenant);
    return Promise.resolve();
  }
  override listTenants() {
    return Promise.resolve([...this.tenants.values()]);
  }
  override createKey(key: StoredKey) {
    this.keys.set(key.id, key);
    return Promise.resolve();
  }
  override listKeys() {
    return Promise.resolve([...this.keys.values()]);
  }
  override revokeKey(id: string, revokedAt: Date) {
    const key = this.keys.get(id);
    if (key !== undefined) this.keys.set(id, { ...key, revokedAt });
    return Promise.resolve(key !== undefined);
  }
}

describe('AuthenticateKey', () => {
  let now = 0;
  const clock = { now: () => now };
  let store: MemoryKeyStore;
  let manage: ManageKeys;
  let authenticate: AuthenticateKey;

  beforeEach(() => {
    now = 1_000_000;
    store = new MemoryKeyStore();
    manage = new ManageKeys(store, clock);
    authenticate = new AuthenticateKey(store, clock);
  });

  it('names each way a key can be wrong', async () => {
    const tenant = await manage.createTenant('a');
    const key = await manage.createKey(tenant.id, 'k');
    await manage.revokeKey(key.id);
    await expect(authenticate.execute(undefined)).rejects.toMatchObject({ code: 'auth.missing_key' });
    await expect(authenticate.execute('iw_live_oops')).rejects.toMatchObject({ code: 'auth.malformed_key' });
    await expect(authenticate.execute(generateApiKey('live').text)).rejects.toMatchObject({
      code: 'auth.unknown_key',
    });
    await expect(authenticate.execute(key.text)).rejects.toMatchObject({ code: 'auth.revoked_key' });
  });

  it('does not take a key whose public part is known and whose secret is not', async () => {
    const tenant = await manage.createTenant('a');
    const { id } = await manage.createKey(tenant.id, 'k');
    const forged = generateApiKey('live');
    await store.createKey({ ...(await storedKey(store, id)), id: forged.id });
    await expect(authenticate.execute(forged.text)).rejects.toMatchObject({ code: 'auth.unknown_key' });
  });

  it('gives the principal of the tenant, asking the store once a second and not once a request', async () => {
    const tenant = await manage.createTenant('a', 3);
    const key = await manage.createKey(tenant.id, 'k');
    for (let i = 0; i < 50; i++) {
      expect(await authenticate.execute(key.text)).toEqual({
        tenantId: tenant.id,
        keyId: key.id,
        role: 'tenant',
        weight: 3,
        plan: standardPlan,
        budget: null,
      });
    }
    expect(store.lookUps).toBe(1);
  });

  it('takes no key of a suspended tenant', async () => {
    const tenant = await manage.createTenant('a');
    const key = await manage.createKey(tenant.id, 'k');
    await store.createTenant({ ...tenant, status: 'suspended' });
    await expect(authenticate.execute(key.text)).rejects.toMatchObject({ code: 'tenant.suspended' });
  });

  it('stops a revoked key within a second', async () => {
    const tenant = await manage.createTenant('a');
    const key = await manage.createKey(tenant.id, 'k');
    await authenticate.execute(key.text);
    await manage.revokeKey(key.id);
    now += 1_000;
    await expect(authenticate.execute(key.text)).rejects.toMatchObject({ code: 'auth.revoked_key' });
  });
});

async function storedKey(store: KeyStore, id: string): Promise<StoredKey> {
  const key = await store.findKey(id);
  if (key === undefined) throw new Error(`no key ${id}`);
  return key;
}
