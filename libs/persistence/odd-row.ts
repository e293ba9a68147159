import { Prisma } from './generated/client.js';
import { noIdentity } from './row-identity.js';

/** What `usage_digest` of the database stays below, twice. */
const twiceAnyDigest = Prisma.sql`2::numeric ^ 61`;

/**
 * Differences between rows and what was entered, each with the row that it comes from, where it comes from one.
 *
 * Of a row that was altered, its digest from d to e, the digests differ by e - d and their squares by (e - d)(e + d):
 * that is twice e, and the row that has e now is the one. Two altered rows give a whole number between 0 and twice any
 * digest once in 2^60 times. Of a row that is missing, or too many, the squares differ by the square of that by which
 * the digests do.
 *
 * Added columns: `odd_row`, its identity; `entered_as`, the one that it was entered with, where that is another;
 * `several`, whether one row does not account for it. Null is unknown.
 *
 * @param differing a query of `tenant_id` and, found less entered, `surplus`, `digest`, `identity` and `squares`
 * @param own a condition on `u`: the rows that a difference, `differing`, sums up
 */
export function withOddRow(differing: Prisma.Sql, own: Prisma.Sql): Prisma.Sql {
  const rows = Prisma.sql`usage_rows u WHERE u.tenant_id = differing.tenant_id AND ${own}`;
  return Prisma.sql`
    SELECT differing.*, entered_as::text,
      (CASE WHEN surplus = 0 THEN altered.identity WHEN abs(surplus) = 1 AND (surplus = 1) = EXISTS (
        SELECT FROM ${rows} AND usage_identity(u) = differing.identity
      ) THEN differing.identity END)::text AS odd_row,
      CASE WHEN squares IS NOT NULL THEN
        CASE abs(surplus) WHEN 0 THEN is_one IS NOT TRUE WHEN 1 THEN squares <> surplus * digest * digest END
      END AS several
    FROM (${differing}) AS differing
    CROSS JOIN LATERAL (SELECT div(squares, nullif(digest, 0)) + digest AS twice) AS now_
    CROSS JOIN LATERAL (
      SELECT squares % nullif(digest, 0) = 0 AND twice % 2 = 0
        AND LEAST(twice, twice - 2 * digest) >= 0 AND GREATEST(twice, twice - 2 * digest) < ${twiceAnyDigest} AS is_one
    ) AS by_squares
    LEFT JOIN LATERAL (
      SELECT usage_identity(u) AS identity,
        CASE WHEN differing.identity <> ${noIdentity} THEN usage_identity(u) # differing.identity END AS entered_as
      FROM ${rows} AND surplus = 0 AND is_one AND 2 * usage_digest(u) = twice LIMIT 1
    ) AS altered ON true`;
}
