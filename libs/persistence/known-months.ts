import { Prisma } from './generated/client.js';

/** Months of a table as moments without a zone, tenant by tenant, by one step of its index each: DISTINCT would read all of it. */
function monthsIn(table: Prisma.Sql, time: Prisma.Sql): Prisma.Sql {
  const place = Prisma.sql`
    SELECT tenant_id, date_trunc('month', ${time} AT TIME ZONE 'UTC') AS month FROM ${table}`;
  const first = Prisma.sql`ORDER BY tenant_id, ${time} LIMIT 1`;
  return Prisma.sql`(
    WITH RECURSIVE steps AS (
      (${place} ${first})
      UNION ALL
      SELECT next.tenant_id, next.month FROM steps CROSS JOIN LATERAL (
        ${place} WHERE (tenant_id, ${time})
          >= (steps.tenant_id, (steps.month + interval '1 month') AT TIME ZONE 'UTC') ${first}
      ) AS next
    ) SELECT month FROM steps)`;
}

/**
 * Months, as `2026-11` and oldest first, of which any record of usage has something. Not all from the first to the last:
 * one row of a clock that is a thousand years ahead would have twelve thousand empty ones proved.
 *
 * @param last the database's running month, so many less one before it, and whatever is dated later; all without it
 */
export function knownMonths(last: number | undefined): Prisma.Sql {
  const oldest = Prisma.sql`
    date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => ${last ?? 0}::int - 1)`;
  return Prisma.sql`
    SELECT to_char(month, 'YYYY-MM') AS month FROM (
      SELECT * FROM ${monthsIn(Prisma.sql`usage_rows`, Prisma.sql`at`)} AS rows_
      UNION SELECT * FROM ${monthsIn(Prisma.sql`usage_ledger`, Prisma.sql`hour`)} AS ledger
      UNION SELECT * FROM ${monthsIn(Prisma.sql`usage_rollups`, Prisma.sql`starts_at`)} AS rollups
      UNION SELECT * FROM ${monthsIn(Prisma.sql`usage_days`, Prisma.sql`starts_at`)} AS days
      UNION SELECT date_trunc('month', starts_at AT TIME ZONE 'UTC') FROM usage_deltas
      UNION SELECT to_timestamp(month, 'YYYY-MM') AT TIME ZONE 'UTC' FROM invoices
    ) AS known ${last === undefined ? Prisma.empty : Prisma.sql`WHERE month >= ${oldest}`} ORDER BY known.month`;
}
