/** A tenant: the unit of isolation, fairness and billing. */
export interface Tenant {
  id: string;
  name: string;
  /** Fair-share weight. */
  weight: number;
  createdAt: Date;
  /** How long its jobs are kept, from their submission. */
  retentionDays: number;
}

/** Days that jobs are kept where nobody asked for another number. */
export const defaultRetentionDays = 7;

/** A tenant to be; what is left out has its default. */
export type NewTenant = Omit<Tenant, 'retentionDays'> & Partial<Pick<Tenant, 'retentionDays'>>;

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
  /** Weight of its tenant, read along so that authentication is one look-up. */
  weight: number;
}

/** Tenants and keys. Every method is one transaction. */
export abstract class KeyStore {
  abstract findKey(id: string): Promise<StoredKey | undefined>;
  abstract createTenant(tenant: NewTenant): Promise<void>;
  abstract listTenants(): Promise<Tenant[]>;
  abstract createKey(key: StoredKey): Promise<void>;
  abstract listKeys(tenantId?: string): Promise<StoredKey[]>;
  /** False when there is no such key; revoking a revoked key changes nothing and is true. */
  abstract revokeKey(id: string, at: Date): Promise<boolean>;
}
