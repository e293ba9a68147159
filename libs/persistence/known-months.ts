import { Prisma } from './generated/client.js';

/** Years of four digits that end in such a year too; who owns the database can date a row beyond them, and at infinity. */
const begin = Prisma.sql`timestamptz '1000-01-01 00:00:00+00'`;
const end = Prisma.sql`timestamptz '9999-01-01 00:00:00+00'`;

/**
 * Months of a table by one step of its index for each of a tenant's, where DISTINCT would read all of it. What is older
 * than `oldest` costs a tenant one step, and what is past the end another: each step goes beyond the one before, and on
 * to the next tenant from infinity, too.
 */
function monthsIn(table: Prisma.Sql, time: Prisma.Sql, oldest: Prisma.Sql): Prisma.Sql {
  const first = Prisma.sql`ORDER BY tenant_id, ${time} LIMIT 1`;
  return Prisma.sql`
    WITH RECURSIVE steps AS (
      (SELECT tenant_id, ${time} AS at FROM ${table} ${first})
      UNION ALL
      SELECT next.* FROM steps CROSS JOIN LATERAL (
        SELECT tenant_id, ${time} FROM ${table} WHERE (tenant_id, ${time}) > (steps.tenant_id, CASE
          WHEN steps.at < ${oldest} THEN ${oldest}
          WHEN steps.at < ${end}
            THEN (date_trunc('month', steps.at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
          ELSE 'infinity' END - interval '1 microsecond') ${first}
      ) AS next
    ) SELECT DISTINCT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM steps
    WHERE at >= ${oldest} AND at < ${end}`;
}

/**
 * Asks for the months, as `2026-11`, of which any record of usage has something: a statement for each record, so that each
 * has its own time. Not all from the first to the last: one row of a clock that is a thousand years ahead would have
 * twelve thousand empty ones proved.
 *
 * @param last the database's running month, so many less one before it, and whatever is dated later; all without it
 */
export function knownMonths(last: number | undefined): Prisma.Sql[] {
  const oldest =
    last === undefined
      ? begin
      : Prisma.sql`(date_trunc('month', now() AT TIME ZONE 'UTC')
          - make_interval(months => ${last}::int - 1)) AT TIME ZONE 'UTC'`;
  return [
    monthsIn(Prisma.sql`usage_rows`, Prisma.sql`at`, oldest),
    monthsIn(Prisma.sql`usage_ledger`, Prisma.sql`hour`, oldest),
    monthsIn(Prisma.sql`usage_rollups`, Prisma.sql`starts_at`, oldest),
    monthsIn(Prisma.sql`usage_days`, Prisma.sql`starts_at`, oldest),
    monthsIn(Prisma.sql`usage_deltas`, Prisma.sql`starts_at`, oldest),
    Prisma.sql`SELECT DISTINCT month FROM invoices WHERE month ~ '^(?!9999)[1-9][0-9]{3}-(0[1-9]|1[0-2])$'
      AND month >= to_char(${oldest} AT TIME ZONE 'UTC', 'YYYY-MM')`,
  ];
}
