import { z } from 'zod';
import { invoiceLine } from '#contracts';
import {
  InvoiceStore,
  monthAfter,
  startOfMonth,
  type InvoiceToClose,
  type MonthToClose,
  type StoredInvoice,
  type UsageSlice,
} from '#core';
import type { Invoice as InvoiceRow } from './generated/client.js';
import type { Database } from './open-database.js';
import { ledgerTenants } from './ledger-tenants.js';
import { asBiller, asRole } from './roles.js';

/** What was closed was within these bounds: a row that is not was altered. */
const storedParts = z.object({
  totalMicros: z.bigint().max(BigInt(Number.MAX_SAFE_INTEGER)).transform(Number),
  lines: z.array(invoiceLine),
});

/** A tenant's invoices are read as the tenant; they are closed as the biller, who can add them and change none. */
export class PrismaInvoiceStore extends InvoiceStore {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(tenantId: string, month: string): Promise<StoredInvoice | undefined> {
    const row = await asRole(this.database, 'inferway_app', tenantId, (transaction) =>
      transaction.invoice.findUnique({ where: { tenantId_month: { tenantId, month } } }),
    );
    return row === null ? undefined : { ...headOf(row), ...storedParts.parse(row) };
  }

  /** One statement over roll-ups and what is not yet in them: exact, as reports are. */
  override async slices(tenantId: string, month: string): Promise<UsageSlice[]> {
    const [from, until] = boundsOf(month);
    await this.database.usageInbox?.settle();
    return asRole(
      this.database,
      'inferway_app',
      tenantId,
      (transaction) => transaction.$queryRaw<UsageSlice[]>`
        SELECT starts_at AS "startsAt", task, model, unit, sum(items)::float8 AS items, sum(amount)::float8 AS amount
        FROM (
          SELECT starts_at, task, model, unit, items, amount, status FROM usage_rollups
          WHERE tenant_id = ${tenantId} AND starts_at >= ${from}::timestamptz AND starts_at < ${until}::timestamptz
          UNION ALL
          SELECT starts_at, task, model, unit, items, amount, status FROM usage_deltas
          WHERE tenant_id = ${tenantId} AND starts_at >= ${from}::timestamptz AND starts_at < ${until}::timestamptz
        ) AS usage
        WHERE status = 'ok' GROUP BY 1, 2, 3, 4`,
    );
  }

  /** Two witnesses: where the database is on another machine, its clock and the program's must agree. */
  override look(running: string): Promise<MonthToClose[]> {
    return asBiller(
      this.database,
      (transaction) => transaction.$queryRaw<MonthToClose[]>`
        WITH looks AS (
          SELECT month FROM usage_months WHERE revision IS DISTINCT FROM closed_revision ORDER BY month FOR UPDATE
        ), looked AS (
          UPDATE usage_months SET over_since = CASE
            WHEN month < LEAST(${running}, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')) THEN LEAST(over_since, now())
          END
          WHERE month IN (SELECT month FROM looks)
          RETURNING month, revision, over_since
        ) SELECT month, revision::float8,
          GREATEST(0, extract(epoch FROM now() - over_since) * 1000)::float8 AS "overForMs"
        FROM looked WHERE over_since IS NOT NULL ORDER BY month`,
    );
  }

  /** Not where a look has found meanwhile that the month goes on: it would never be looked at again. */
  override async settle(month: string, revision: number): Promise<void> {
    await asBiller(
      this.database,
      (transaction) => transaction.$executeRaw`
        UPDATE usage_months SET closed_revision = ${revision}::bigint WHERE month = ${month} AND over_since IS NOT NULL`,
    );
  }

  override async unclosed(
    month: string,
    { limit, after }: { limit: number; after: string },
  ): Promise<string[]> {
    const [from, until] = boundsOf(month);
    const rows = await asBiller(
      this.database,
      (transaction) => transaction.$queryRaw<{ tenant_id: string }[]>`
        WITH ${ledgerTenants} SELECT tenant_id FROM tenants WHERE tenant_id > ${after} AND EXISTS (
          SELECT FROM usage_ledger l WHERE l.tenant_id = tenants.tenant_id
            AND l.hour >= ${from}::timestamptz AND l.hour < ${until}::timestamptz
        ) AND NOT EXISTS (
          SELECT FROM invoices i WHERE i.tenant_id = tenants.tenant_id AND i.month = ${month}
        ) ORDER BY tenant_id LIMIT ${limit}`,
    );
    return rows.map((row) => row.tenant_id);
  }

  override async closed(month: string): Promise<{ tenantId: string; invoice: StoredInvoice | undefined }[]> {
    const rows = await asBiller(this.database, (transaction) =>
      transaction.invoice.findMany({ where: { month }, orderBy: { tenantId: 'asc' } }),
    );
    return rows.map((row) => {
      const { data } = storedParts.safeParse(row);
      return { tenantId: row.tenantId, invoice: data && { ...headOf(row), ...data } };
    });
  }

  override async close(
    tenantId: string,
    { month, currency, totalMicros, lines }: InvoiceToClose,
  ): Promise<void> {
    await asBiller(
      this.database,
      (transaction) => transaction.$executeRaw`
        INSERT INTO invoices (tenant_id, month, currency, total_micros, lines)
        VALUES (${tenantId}, ${month}, ${currency}, ${BigInt(totalMicros)}, ${JSON.stringify(lines)}::jsonb)
        ON CONFLICT DO NOTHING`,
    );
  }
}

function headOf({ month, currency, closedAt }: InvoiceRow): Omit<StoredInvoice, 'totalMicros' | 'lines'> {
  return { month, currency, closedAt };
}

function boundsOf(month: string): [from: string, until: string] {
  return [startOfMonth(month).toISOString(), startOfMonth(monthAfter(month)).toISOString()];
}
