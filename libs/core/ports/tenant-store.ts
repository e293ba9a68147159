import type { TenantChange } from '#contracts';
import type { AuditEvent } from './audit-log.js';

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

/** How many rows went with a tenant. */
export interface Erased {
  jobs: number;
  webhookDeliveries: number;
  inspectionProfiles: number;
  replies: number;
  keys: number;
}

/** Tenants, for operators. Every method is one transaction, and what changes something writes its event in it. */
export abstract class TenantStore {
  /** @throws AppError `resource.not_found` when there is no such plan */
  abstract create(tenant: Tenant, event: AuditEvent): Promise<void>;
  abstract find(id: string): Promise<Tenant | undefined>;
  /** By id, which is by age. */
  abstract list(page: { limit: number; after?: string }): Promise<Tenant[]>;
  /** Undefined when there is none. @throws AppError `resource.not_found` when there is no such plan */
  abstract change(
    id: string,
    change: TenantChange & Partial<Pick<Tenant, 'status'>>,
    event: AuditEvent,
  ): Promise<Tenant | undefined>;
  /** Removes the tenant and all it had but its usage. Undefined, and nothing done, when there is no suspended tenant of this id. */
  abstract erase(id: string, event: AuditEvent): Promise<Erased | undefined>;
}
