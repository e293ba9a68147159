import type { BookDifference } from '#core';
import { isDropped } from './dropped-usage.js';
import { Prisma } from './generated/client.js';
import { withOddRow } from './odd-row.js';
import { identitySum, noIdentity, readIdentity, squaresSum } from './row-identity.js';

/** Of dropped months what went is compared by the month, beside the ledger: `droppedAgainstLedger`. */
const isKept = Prisma.sql`NOT ${isDropped(Prisma.sql`tenant_id`, Prisma.sql`hour`)}`;

const hour = Prisma.sql`date_trunc('hour', starts_at, 'UTC')`;

/**
 * Rows of some hours against what was entered when they were written: counts, units, digests and their squares. Where one
 * is altered, missing or one too many, which it is: in an hour of more changes than that the identity that is left over
 * may be of a row that is not missing, or not there, and is then not told.
 */
export function rowsAgainstLedger(from: Date, until: Date, limit: number): Prisma.Sql {
  const within = (column: Prisma.Sql) => between(column, from, until);
  const entered = Prisma.sql`task, items, amount, digest, identity, squares`;
  // OFFSET 0: a digest that is used twice would be computed twice.
  const differing = Prisma.sql`
    WITH rows_ AS (
      SELECT tenant_id, hour, task, count(*)::numeric AS items, sum(amount)::numeric AS amount, sum(digest) AS digest,
        bit_xor(identity) AS identity, sum(digest * digest) AS squares
      FROM (
        SELECT tenant_id, date_trunc('hour', at, 'UTC') AS hour, task, amount,
          usage_digest(u) AS digest, usage_identity(u) AS identity
        FROM usage_rows u WHERE ${within(Prisma.sql`at`)} OFFSET 0
      ) AS known GROUP BY 1, 2, 3
    ), entered AS (
      SELECT tenant_id, hour, task, sum(items) AS items, sum(amount) AS amount, sum(digest) AS digest,
        ${identitySum} AS identity, ${squaresSum} AS squares
      FROM (
        SELECT tenant_id, hour, ${entered} FROM usage_ledger WHERE ${within(Prisma.sql`hour`)} UNION ALL
        SELECT tenant_id, ${hour}, ${entered} FROM usage_deltas WHERE ${within(Prisma.sql`starts_at`)}
      ) AS both_ GROUP BY 1, 2, 3
    )
    SELECT tenant_id, hour, task, e.items::text AS expected_items, e.amount::text AS expected_amount,
      r.items::text AS found_items, r.amount::text AS found_amount,
      COALESCE(r.items, 0) - COALESCE(e.items, 0) AS surplus,
      COALESCE(r.digest, 0) - COALESCE(e.digest, 0) AS digest,
      COALESCE(r.identity, ${noIdentity}) # CASE WHEN e.items IS NULL THEN ${noIdentity} ELSE e.identity END AS identity,
      COALESCE(r.squares, 0) - CASE WHEN e.items IS NULL THEN 0 ELSE e.squares END AS squares
    FROM rows_ r FULL JOIN entered e USING (tenant_id, hour, task)
    WHERE ((r.items, r.amount, r.digest) IS DISTINCT FROM (e.items, e.amount, e.digest) OR r.squares <> e.squares)
      AND ${isKept}
    ORDER BY 1, 2, 3 LIMIT ${limit}`;
  const own = Prisma.sql`u.task = differing.task AND u.at >= hour AND u.at < hour + interval '1 hour'`;
  return Prisma.sql`${withOddRow(differing, own)} ORDER BY tenant_id, hour, task`;
}

/** Roll-ups of some hours, group by group, against the rows themselves. */
export function rollupsAgainstRows(from: Date, until: Date, limit: number): Prisma.Sql {
  const within = (column: Prisma.Sql) => between(column, from, until);
  const source = (table: Prisma.Sql) => Prisma.sql`
    SELECT tenant_id, ${hour} AS hour, task, key_id, model, unit, status, items, amount
    FROM ${table} WHERE ${within(Prisma.sql`starts_at`)}`;
  return Prisma.sql`
    WITH rows_ AS (
      SELECT tenant_id, date_trunc('hour', at, 'UTC') AS hour, task, key_id, model, unit, status,
        count(*)::numeric AS items, sum(amount)::numeric AS amount
      FROM usage_rows WHERE ${within(Prisma.sql`at`)} GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), rolled AS (
      SELECT tenant_id, hour, task, key_id, model, unit, status, sum(items) AS items, sum(amount) AS amount
      FROM (${source(Prisma.sql`usage_rollups`)} UNION ALL ${source(Prisma.sql`usage_deltas`)}) AS both_
      GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
    SELECT tenant_id, hour, task, key_id, model, status, r.items::text AS expected_items,
      r.amount::text AS expected_amount, s.items::text AS found_items, s.amount::text AS found_amount
    FROM rows_ r FULL JOIN rolled s USING (tenant_id, hour, task, key_id, model, unit, status)
    WHERE (r.items, r.amount) IS DISTINCT FROM (s.items, s.amount) AND ${isKept}
    ORDER BY tenant_id, hour, task, key_id, model, unit, status LIMIT ${limit}`;
}

/** Roll-ups of hours whose rows were dropped, by task, against the ledger. */
export function rollupsAgainstLedger(from: Date, until: Date, limit: number): Prisma.Sql {
  const within = (column: Prisma.Sql) => between(column, from, until);
  return Prisma.sql`
    WITH entered AS (
      SELECT tenant_id, hour, task, items, amount FROM usage_ledger WHERE ${within(Prisma.sql`hour`)}
    ), rolled AS (
      SELECT tenant_id, ${hour} AS hour, task, sum(items) AS items, sum(amount) AS amount
      FROM usage_rollups WHERE ${within(Prisma.sql`starts_at`)} GROUP BY 1, 2, 3
    )
    SELECT tenant_id, hour, task, e.items::text AS expected_items, e.amount::text AS expected_amount,
      s.items::text AS found_items, s.amount::text AS found_amount
    FROM entered e FULL JOIN rolled s USING (tenant_id, hour, task)
    WHERE (e.items, e.amount) IS DISTINCT FROM (s.items, s.amount) AND NOT ${isKept}
    ORDER BY tenant_id, hour, task LIMIT ${limit}`;
}

/** Sums of days, group by group, against the roll-ups of their hours. The span is whole days. */
export function daysAgainstRollups(from: Date, until: Date, limit: number): Prisma.Sql {
  const within = between(Prisma.sql`starts_at`, from, until);
  return Prisma.sql`
    WITH hours AS (
      SELECT tenant_id, date_trunc('day', starts_at, 'UTC') AS hour, task, key_id, model, unit, status,
        sum(items) AS items, sum(amount) AS amount
      FROM usage_rollups WHERE ${within} GROUP BY 1, 2, 3, 4, 5, 6, 7
    ), days AS (
      SELECT tenant_id, starts_at AS hour, task, key_id, model, unit, status, items, amount
      FROM usage_days WHERE ${within}
    )
    SELECT tenant_id, hour, task, key_id, model, status, h.items::text AS expected_items,
      h.amount::text AS expected_amount, d.items::text AS found_items, d.amount::text AS found_amount
    FROM hours h FULL JOIN days d USING (tenant_id, hour, task, key_id, model, unit, status)
    WHERE (h.items, h.amount) IS DISTINCT FROM (d.items, d.amount)
    ORDER BY tenant_id, hour, task, key_id, model, unit, status LIMIT ${limit}`;
}

function between(column: Prisma.Sql, from: Date, until: Date): Prisma.Sql {
  return Prisma.sql`${column} >= ${from.toISOString()}::timestamptz AND ${column} < ${until.toISOString()}::timestamptz`;
}

/** As the statements give it: null where one side has nothing. */
export interface DifferenceRow {
  tenant_id: string;
  hour: Date;
  task: string;
  key_id?: string;
  model?: string;
  status?: string;
  expected_items: string | null;
  expected_amount: string | null;
  found_items: string | null;
  found_amount: string | null;
  odd_row?: string | null;
  entered_as?: string | null;
  several?: boolean | null;
}

export function toDifference(record: BookDifference['record'], row: DifferenceRow): BookDifference {
  const { tenant_id: tenantId, hour: start, task, key_id: keyId, model, status } = row;
  const oddRow = readIdentity(row.odd_row);
  const enteredAs = readIdentity(row.entered_as);
  return {
    ...{ tenantId, hour: start, task, record },
    ...(keyId !== undefined && { keyId }),
    ...(model !== undefined && { model }),
    ...(status !== undefined && { status }),
    ...(oddRow !== undefined && { oddRow }),
    ...(enteredAs !== undefined && { enteredAs }),
    ...(typeof row.several === 'boolean' && { several: row.several }),
    expected: { items: row.expected_items ?? '0', amount: row.expected_amount ?? '0' },
    found: { items: row.found_items ?? '0', amount: row.found_amount ?? '0' },
  };
}
