import { z } from 'zod';
import { PlanStore, type AuditEvent } from '#core';
import { AppError, type Plan } from '#kernel';
import { asDirectory, audited } from './audited.js';
import { sqlStateOf } from './database-errors.js';
import type { Plan as PlanRow, Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { foreignKeyViolation } from './prisma-tenant-store.js';

const monthlyUnits = z.record(z.string(), z.number());

/** Plans, as the directory role. */
export class PrismaPlanStore extends PlanStore {
  constructor(private readonly database: Database) {
    super();
  }

  override create(plan: Plan, event: AuditEvent): Promise<boolean> {
    return audited(this.database, event, async (transaction) => {
      const made = await transaction.plan.createMany({ data: [toColumns(plan)], skipDuplicates: true });
      return made.count > 0;
    });
  }

  override find(id: string): Promise<Plan | undefined> {
    return asDirectory(this.database, async (transaction) => {
      const row = await transaction.plan.findUnique({ where: { id } });
      return row === null ? undefined : toPlan(row);
    });
  }

  override async list(): Promise<Plan[]> {
    const rows = await asDirectory(this.database, (transaction) =>
      transaction.plan.findMany({ orderBy: { id: 'asc' } }),
    );
    return rows.map(toPlan);
  }

  override change(
    id: string,
    change: Partial<Omit<Plan, 'id'>>,
    event: AuditEvent,
  ): Promise<Plan | undefined> {
    return audited(this.database, event, async (transaction) => {
      const [row] = await transaction.plan.updateManyAndReturn({ where: { id }, data: toColumns(change) });
      return row === undefined ? undefined : toPlan(row);
    });
  }

  override async remove(id: string, event: AuditEvent): Promise<'removed' | 'in_use' | 'missing'> {
    try {
      const removed = await audited(this.database, event, async (transaction) => {
        const gone = await transaction.plan.deleteMany({ where: { id } });
        return gone.count > 0;
      });
      return removed ? 'removed' : 'missing';
    } catch (error) {
      const state = error instanceof AppError ? sqlStateOf(error.cause) : undefined;
      if (state === foreignKeyViolation || state === restrictViolation) return 'in_use';
      throw error;
    }
  }
}

/** What ON DELETE RESTRICT raises; Postgres 18 tells it from other violations. */
const restrictViolation = '23001';

function toColumns<T extends Partial<Plan>>({ monthlyUnits: units, corsOrigins, ...same }: T) {
  return {
    ...same,
    ...(units !== undefined && { monthlyUnits: { ...units } satisfies Prisma.InputJsonObject }),
    ...(corsOrigins !== undefined && { corsOrigins: [...corsOrigins] }),
  };
}

function toPlan({ monthlyUnits: units, ...same }: PlanRow): Plan {
  return { ...same, monthlyUnits: monthlyUnits.parse(units) };
}
