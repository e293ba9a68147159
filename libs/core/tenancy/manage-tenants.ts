import { z } from 'zod';
import type { PageQuery, TenantChange, TenantErasure, TenantRequest, TenantView } from '#contracts';
import { AppError, newId, type Clock } from '#kernel';
import { readCursor, writeCursor } from '../page-cursor.js';
import { TenantStore, type Tenant } from '../ports/tenant-store.js';
import { auditEvent, type Operator } from './operator.js';

const place = z.object({ id: z.string() });

/** Tenants for operators: the CLI and the admin API call the same use case. */
export class ManageTenants {
  constructor(
    private readonly store: TenantStore,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `resource.not_found` when there is no such plan */
  async create(by: Operator, request: TenantRequest): Promise<TenantView> {
    const createdAt = new Date(Math.floor(this.clock.now()));
    const tenant: Tenant = { id: newId('ten'), ...request, status: 'active', createdAt };
    await this.store.create(tenant, this.event(by, 'tenant.create', tenant.id, request));
    return toTenantView(tenant);
  }

  /** Oldest first. @throws AppError `request.invalid` for a foreign cursor */
  async list({ cursor, limit }: PageQuery): Promise<{ tenants: TenantView[]; nextCursor?: string }> {
    const after = cursor === undefined ? undefined : readCursor(place, cursor).id;
    const tenants = await this.store.list({ limit, ...(after !== undefined && { after }) });
    const last = tenants.at(-1);
    return {
      tenants: tenants.map(toTenantView),
      ...(last !== undefined && tenants.length === limit && { nextCursor: writeCursor({ id: last.id }) }),
    };
  }

  /** @throws AppError `resource.not_found` */
  async find(id: string): Promise<TenantView> {
    return existing(id, await this.store.find(id));
  }

  /** @throws AppError `resource.not_found`, also for the plan */
  async change(by: Operator, id: string, change: TenantChange): Promise<TenantView> {
    const event = this.event(by, 'tenant.change', id, change);
    return existing(id, await this.store.change(id, change, event));
  }

  /** Its keys are refused within a second; what was accepted goes on. @throws AppError `resource.not_found`, `resource.conflict` */
  async suspend(by: Operator, id: string): Promise<TenantView> {
    refuseOwn(by, id);
    const event = this.event(by, 'tenant.suspend', id);
    return existing(id, await this.store.change(id, { status: 'suspended' }, event));
  }

  /** @throws AppError `resource.not_found` */
  async resume(by: Operator, id: string): Promise<TenantView> {
    const event = this.event(by, 'tenant.resume', id);
    return existing(id, await this.store.change(id, { status: 'active' }, event));
  }

  /**
   * Erases a suspended tenant: jobs with inputs and results, webhooks, remembered replies, keys. Its usage stays.
   * @throws AppError `resource.not_found`, `resource.conflict`
   */
  async erase(by: Operator, id: string): Promise<TenantErasure> {
    refuseOwn(by, id);
    const erased = await this.store.erase(id, this.event(by, 'tenant.delete', id));
    if (erased !== undefined) return { id, ...erased };
    await this.find(id);
    throw new AppError('resource.conflict', {
      detail: 'Only a suspended tenant can be deleted: suspend it first, so that nothing is under way',
    });
  }

  private event(by: Operator, action: string, target: string, details?: object) {
    return auditEvent(by, this.clock.now(), action, target, details);
  }
}

function toTenantView({ createdAt, ...same }: Tenant): TenantView {
  return { ...same, createdAt: createdAt.toISOString() };
}

function existing(id: string, tenant: Tenant | undefined): TenantView {
  if (tenant === undefined) throw new AppError('resource.not_found', { detail: `There is no tenant ${id}` });
  return toTenantView(tenant);
}

/** Whoever suspends the tenant of the key in hand is locked out by it. */
function refuseOwn(by: Operator, id: string): void {
  if (by.tenantId !== id) return;
  throw new AppError('resource.conflict', {
    detail: 'This is the tenant of the admin key in use: use a key of another tenant, or the command line',
  });
}
