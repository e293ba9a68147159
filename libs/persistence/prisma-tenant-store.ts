import type { TenantChange } from '#contracts';
import { TenantStore, type AuditEvent, type Erased, type Tenant } from '#core';
import { AppError } from '#kernel';
import { asDirectory, audited } from './audited.js';
import { sqlStateOf } from './database-errors.js';
import type { Database } from './open-database.js';

export const foreignKeyViolation = '23503';

/** Tenants, as the directory role; erasing one is a function with a role of its own. */
export class PrismaTenantStore extends TenantStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async create(tenant: Tenant, event: AuditEvent): Promise<void> {
    await audited(this.database, event, (transaction) => transaction.tenant.create({ data: tenant })).catch(
      missingPlan(tenant.planId),
    );
  }

  override find(id: string): Promise<Tenant | undefined> {
    return asDirectory(this.database, async (transaction) => {
      const row = await transaction.tenant.findUnique({ where: { id } });
      return row === null ? undefined : toTenant(row);
    });
  }

  override async list({ limit, after }: { limit: number; after?: string }): Promise<Tenant[]> {
    const rows = await asDirectory(this.database, (transaction) =>
      transaction.tenant.findMany({
        where: after === undefined ? {} : { id: { gt: after } },
        orderBy: { id: 'asc' },
        take: limit,
      }),
    );
    return rows.map(toTenant);
  }

  override change(
    id: string,
    change: TenantChange & Partial<Pick<Tenant, 'status'>>,
    event: AuditEvent,
  ): Promise<Tenant | undefined> {
    return audited(this.database, event, async (transaction) => {
      const [row] = await transaction.tenant.updateManyAndReturn({ where: { id }, data: change });
      return row === undefined ? undefined : toTenant(row);
    }).catch(missingPlan(change.planId));
  }

  override erase(id: string, event: AuditEvent): Promise<Erased | undefined> {
    return audited(this.database, event, async (transaction) => {
      const [row] = await transaction.$queryRaw<{ erased: Erased | null }[]>`
        SELECT erase_tenant(${id}) AS erased`;
      return row?.erased ?? undefined;
    });
  }
}

function toTenant<T extends { budget: bigint | null }>({
  budget,
  ...same
}: T): Omit<T, 'budget'> & Pick<Tenant, 'budget'> {
  return { ...same, budget: budget === null ? null : Number(budget) };
}

function missingPlan(planId = ''): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof AppError) || sqlStateOf(error.cause) !== foreignKeyViolation) throw error;
    throw new AppError('resource.not_found', { detail: `There is no plan ${planId}` }, { cause: error });
  };
}
