import type { Plan } from '#kernel';

/** A tenant: the unit of isolation, fairness and billing. */
export interface Tenant {
  id: string;
  name: string;
  planId: string;
  /** While it is suspended none of its keys is accepted. */
  status: 'active' | 'suspended';
  /** Fair-share weight; null: its plan's. */
  weight: number | null;
  /** How long its jobs are kept, from their submission; null: as its plan says. */
  retentionDays: number | null;
  /** Prepaid money in millionths of the installation's currency; null: not prepaid. */
  budget: number | null;
  createdAt: Date;
}

/** A tenant to be; what is left out has its default. */
export type NewTenant = Pick<Tenant, 'id' | 'name' | 'createdAt'> & Partial<Tenant>;

/** A key as it is stored: never the secret, only its SHA-256. */
export interface StoredKey {
  /** The public part of the key, which is also how it is named in lists and logs. */
  id: string;
  tenantId: string;
  name: string;
  role: 'tenant' | 'admin';
  /** SHA-256 of the whole key, 32 bytes. */
  hash: Uint8Array;
  createdAt: Date;
  revokedAt: Date | null;
}

/** A key with what its tenant may do, read along so that authentication is one look-up. */
export interface FoundKey extends StoredKey {
  /** `weight` is the tenant's own, or its plan's. */
  tenant: Pick<Tenant, 'status' | 'budget'> & { weight: number };
  plan: Plan;
}

/** Tenants and keys. Every method is one transaction. */
export abstract class KeyStore {
  abstract findKey(id: string): Promise<FoundKey | undefined>;
  abstract createTenant(tenant: NewTenant): Promise<void>;
  abstract listTenants(): Promise<Tenant[]>;
  abstract createKey(key: StoredKey): Promise<void>;
  abstract listKeys(tenantId?: string): Promise<StoredKey[]>;
  /** False when there is no such key; revoking a revoked key changes nothing and is true. */
  abstract revokeKey(id: string, at: Date): Promise<boolean>;
}
