import { monthAfter, startOfMonth } from '#core';
import { Prisma } from './generated/client.js';
import { identitySum, noIdentity } from './row-identity.js';

/** Whether the rows of the tenant and month that the columns name were dropped, or are being dropped. */
export function isDropped(tenantId: Prisma.Sql, time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT FROM usage_drops WHERE usage_drops.tenant_id = ${tenantId}
    AND usage_drops.month = to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM'))`;
}

/** Each tenant's month of which rows were dropped: what went and what is left of it, against what was entered. */
export function droppedAgainstLedger(month: string, limit: number): Prisma.Sql {
  const from = startOfMonth(month);
  const until = startOfMonth(monthAfter(month));
  const sums = (table: Prisma.Sql, time: Prisma.Sql, columns: Prisma.Sql) => Prisma.sql`
    SELECT ${columns} FROM ${table} WHERE t.tenant_id = d.tenant_id
    AND ${time} >= ${from.toISOString()}::timestamptz AND ${time} < ${until.toISOString()}::timestamptz`;
  const kept = Prisma.sql`count(*)::numeric AS items, COALESCE(sum(amount), 0)::numeric AS amount,
    COALESCE(sum(usage_digest(t)), 0) AS digest, COALESCE(bit_xor(usage_identity(t)), ${noIdentity}) AS identity`;
  const entered = Prisma.sql`items, amount, digest, identity`;
  return Prisma.sql`
    SELECT d.tenant_id, ${from.toISOString()}::timestamptz AS hour, '' AS task,
      e.items::text AS expected_items, e.amount::text AS expected_amount,
      (d.items + r.items)::text AS found_items, (d.amount + r.amount)::text AS found_amount,
      CASE abs(e.items - d.items - r.items) WHEN 1 THEN (e.identity # d.identity # r.identity)::text END AS odd_row
    FROM usage_drops d
    CROSS JOIN LATERAL (${sums(Prisma.sql`usage_rows t`, Prisma.sql`t.at`, kept)}) AS r
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(items), 0) AS items, COALESCE(sum(amount), 0) AS amount, COALESCE(sum(digest), 0) AS digest,
        ${identitySum} AS identity
      FROM (
        ${sums(Prisma.sql`usage_ledger t`, Prisma.sql`t.hour`, entered)} UNION ALL
        ${sums(Prisma.sql`usage_deltas t`, Prisma.sql`t.starts_at`, entered)}
      ) AS both_
    ) AS e
    WHERE d.month = ${month}
      AND (d.items + r.items, d.amount + r.amount, d.digest + r.digest) IS DISTINCT FROM (e.items, e.amount, e.digest)
    ORDER BY d.tenant_id LIMIT ${limit}`;
}
