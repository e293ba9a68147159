import type { Plan } from '#kernel';
import type { AuditEvent } from './audit-log.js';
import type { Tenant } from './tenant-store.js';

/** A key as it is stored: never the secret, only its SHA-256. */
export interface StoredKey {
  /** The public part of the key, which is also how it is named in lists and logs. */
  id: string;
  tenantId: string;
  name: string;
  role: 'tenant' | 'admin';
  /** SHA-256 of the whole key, 32 bytes. */
  hash: Uint8Array;
  /** `*` for all that the role may do. */
  scopes: string[];
  /** Empty: no such rule. */
  allowedOrigins: string[];
  /** Addresses and CIDR networks; empty: from everywhere. */
  allowedNetworks: string[];
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** Late by up to a minute. */
  lastUsedAt: Date | null;
  /** The key that rotation made in its place. */
  replacedBy: string | null;
}

/** A key with what its tenant may do, read along so that authentication is one look-up. */
export interface FoundKey extends StoredKey {
  /** `weight` is the tenant's own, or its plan's. */
  tenant: Pick<Tenant, 'status' | 'budget'> & { weight: number };
  plan: Plan;
}

export interface KeyUse {
  id: string;
  at: Date;
}

/** Keys. Every method is one transaction, and what operators change writes its event in it. */
export abstract class KeyStore {
  abstract findKey(id: string): Promise<FoundKey | undefined>;
  /** When keys were last used, many in one statement. */
  abstract markUsed(uses: readonly KeyUse[]): Promise<void>;
  /** @throws AppError `resource.not_found` when there is no such tenant */
  abstract create(key: StoredKey, event: AuditEvent): Promise<void>;
  abstract list(page: {
    limit: number;
    tenantId?: string;
    after?: { createdAt: Date; id: string };
  }): Promise<StoredKey[]>;
  /** Undefined when there is no such key; revoking a revoked key changes nothing. */
  abstract revoke(id: string, event: AuditEvent): Promise<StoredKey | undefined>;
  /** Adds `next`, which takes the place of `id` at `until`. False, and nothing done, when `id` cannot be replaced any more. */
  abstract replace(id: string, next: StoredKey, until: Date, event: AuditEvent): Promise<boolean>;
}
