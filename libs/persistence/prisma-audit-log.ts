import { AuditLog, type AuditHead, type AuditRow } from '#core';
import { asDirectory } from './audited.js';
import type { Database } from './open-database.js';

/** The audit log, to read. */
export class PrismaAuditLog extends AuditLog {
  constructor(private readonly database: Database) {
    super();
  }

  override async list({ limit, before }: { limit: number; before?: number }): Promise<AuditRow[]> {
    const rows = await asDirectory(this.database, (transaction) =>
      transaction.auditRow.findMany({
        where: before === undefined ? {} : { id: { lt: before } },
        orderBy: { id: 'desc' },
        take: limit,
      }),
    );
    return rows.map(withNumber);
  }

  override async read({ limit, after }: { limit: number; after?: number }): Promise<AuditRow[]> {
    const rows = await asDirectory(this.database, (transaction) =>
      transaction.auditRow.findMany({
        where: after === undefined ? {} : { id: { gt: after } },
        orderBy: { id: 'asc' },
        take: limit,
      }),
    );
    return rows.map(withNumber);
  }

  override async head(): Promise<AuditHead | undefined> {
    return asDirectory(this.database, async (transaction) => {
      const head = await transaction.auditHead.findUnique({ where: { one: 1 } });
      return head === null ? undefined : withNumber(head);
    });
  }
}

function withNumber<T extends { id: bigint }>({ id, ...same }: T): Omit<T, 'id'> & { id: number } {
  return { ...same, id: Number(id) };
}
