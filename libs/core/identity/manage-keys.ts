import { AppError, newId, type Clock } from '#kernel';
import { KeyStore, type StoredKey, type Tenant } from '../ports/key-store.js';
import { standardPlan } from '../tenancy/standard-plan.js';
import { generateApiKey, hashApiKey } from './api-key.js';

/** A key as lists show it. */
export type KeySummary = Omit<StoredKey, 'hash'>;

/** Tenants and keys for operators: the CLI and the admin API call the same use case. */
export class ManageKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Clock,
  ) {}

  async createTenant(
    name: string,
    weight: number | null = null,
    retentionDays: number | null = null,
  ): Promise<Tenant> {
    const tenant: Tenant = {
      id: newId('ten'),
      name,
      planId: standardPlan.id,
      status: 'active',
      weight,
      retentionDays,
      budget: null,
      createdAt: new Date(this.clock.now()),
    };
    await this.store.createTenant(tenant);
    return tenant;
  }

  listTenants(): Promise<Tenant[]> {
    return this.store.listTenants();
  }

  /** The key's text is in the answer and nowhere else, ever again. */
  async createKey(
    tenantId: string,
    name: string,
    role: StoredKey['role'] = 'tenant',
  ): Promise<KeySummary & { text: string }> {
    const tenant = (await this.store.listTenants()).find(({ id }) => id === tenantId);
    if (tenant === undefined)
      throw new AppError('resource.not_found', { detail: `There is no tenant ${tenantId}` });
    const { id, text } = generateApiKey(role === 'admin' ? 'admin' : 'live');
    const createdAt = new Date(this.clock.now());
    const key = { id, tenantId, name, role, createdAt, revokedAt: null };
    await this.store.createKey({ ...key, hash: hashApiKey(text) });
    return { ...key, text };
  }

  async listKeys(tenantId?: string): Promise<KeySummary[]> {
    const keys = await this.store.listKeys(tenantId);
    return keys.map(({ hash, ...summary }) => summary);
  }

  async revokeKey(id: string): Promise<void> {
    const known = await this.store.revokeKey(id, new Date(this.clock.now()));
    if (!known) throw new AppError('resource.not_found', { detail: `There is no key ${id}` });
  }
}
