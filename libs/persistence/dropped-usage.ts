import { monthAfter, startOfMonth } from '#core';
import { Prisma } from './generated/client.js';
import { withOddRow } from './odd-row.js';
import { identitySum, noIdentity, squaresSum } from './row-identity.js';

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
  const known = Prisma.sql`amount, usage_digest(t) AS digest, usage_identity(t) AS identity`;
  const entered = Prisma.sql`items, amount, digest, identity, squares`;
  const differing = Prisma.sql`
    SELECT d.tenant_id, ${from.toISOString()}::timestamptz AS hour, '' AS task,
      e.items::text AS expected_items, e.amount::text AS expected_amount,
      (d.items + r.items)::text AS found_items, (d.amount + r.amount)::text AS found_amount,
      d.items + r.items - e.items AS surplus, d.digest + r.digest - e.digest AS digest,
      d.identity # r.identity # e.identity AS identity, d.squares + r.squares - e.squares AS squares
    FROM usage_drops d
    CROSS JOIN LATERAL (
      SELECT count(*)::numeric AS items, COALESCE(sum(amount), 0)::numeric AS amount, COALESCE(sum(digest), 0) AS digest,
        COALESCE(bit_xor(identity), ${noIdentity}) AS identity, COALESCE(sum(digest * digest), 0) AS squares
      FROM (${sums(Prisma.sql`usage_rows t`, Prisma.sql`t.at`, known)} OFFSET 0) AS known
    ) AS r
    CROSS JOIN LATERAL (
      SELECT COALESCE(sum(items), 0) AS items, COALESCE(sum(amount), 0) AS amount, COALESCE(sum(digest), 0) AS digest,
        ${identitySum} AS identity, ${squaresSum} AS squares
      FROM (
        ${sums(Prisma.sql`usage_ledger t`, Prisma.sql`t.hour`, entered)} UNION ALL
        ${sums(Prisma.sql`usage_deltas t`, Prisma.sql`t.starts_at`, entered)}
      ) AS both_
    ) AS e
    WHERE d.month = ${month}
      AND ((d.items + r.items, d.amount + r.amount, d.digest + r.digest) IS DISTINCT FROM (e.items, e.amount, e.digest)
        OR d.squares + r.squares <> e.squares)
    ORDER BY 1 LIMIT ${limit}`;
  const own = Prisma.sql`u.at >= ${from.toISOString()}::timestamptz AND u.at < ${until.toISOString()}::timestamptz`;
  return Prisma.sql`${withOddRow(differing, own)} ORDER BY tenant_id`;
}
