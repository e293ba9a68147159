import type { UsageBucket, UsageGroup } from '#contracts';
import type { UsagePlace, UsageRange } from '#core';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

const dayMs = 86_400_000;

/**
 * Sums of roll-ups and of the deltas that are not yet in them, read in one statement: each row that is durable is in
 * one of the two, so the report is exact whenever it is asked for, and reads no row.
 */
export async function reportUsage(
  database: Database,
  tenantId: string,
  range: UsageRange,
): Promise<UsageBucket[]> {
  await database.usageInbox?.settle();
  const found: UsageBucket[] = [];
  for (const part of partsOf(range)) {
    const limit = range.limit === undefined ? {} : { limit: range.limit - found.length };
    const rows = await asRole(database, 'inferway_app', tenantId, (transaction) =>
      transaction.$queryRaw<ReportRow[]>(reportStatement(tenantId, { ...range, ...part, ...limit })),
    );
    found.push(...rows.map((row) => toBucket(row, range.groupBy ?? [])));
    if (found.length === range.limit) break;
  }
  return found;
}

/**
 * A page of hours out of a year would sort the hours of the year, so it is looked for in as many days as would hold it
 * if each hour had usage, then in twice as many, and so on. Parts share no day: each row is still counted once.
 */
function partsOf({ from, to, bucket, after, limit }: UsageRange): { from: Date; to: Date }[] {
  if (bucket !== 'hour' || limit === undefined) return [{ from, to }];
  const parts: { from: Date; to: Date }[] = [];
  let first = Math.max(startOfDay(from).getTime(), startOfDay(new Date(after?.start ?? from)).getTime());
  for (let days = Math.ceil(limit / 24); first <= to.getTime(); days *= 2) {
    const last = Math.min(first + (days - 1) * dayMs, to.getTime());
    parts.push({ from: new Date(first), to: new Date(last) });
    first = startOfDay(new Date(last)).getTime() + dayMs;
  }
  return parts;
}

const hours = [Prisma.sql`usage_rollups`, Prisma.sql`usage_deltas`];
/** A year has 24 times fewer rows by days: it is a matter of milliseconds. */
const days = [Prisma.sql`usage_days`, Prisma.sql`usage_deltas`];

const startOf = {
  hour: Prisma.sql`date_trunc('hour', starts_at, 'UTC')`,
  day: Prisma.sql`date_trunc('day', starts_at, 'UTC')`,
  month: Prisma.sql`date_trunc('month', starts_at, 'UTC')`,
};

/** The statement alone, which a benchmark and a test have explained. */
export function reportStatement(tenantId: string, range: UsageRange): Prisma.Sql {
  const { bucket = 'day', groupBy = [], task, after, limit } = range;
  const from = startOfDay(range.from).toISOString();
  const until = new Date(startOfDay(range.to).getTime() + dayMs).toISOString();
  const only = (group: UsageGroup, column: Prisma.Sql) => (groupBy.includes(group) ? column : Prisma.sql`''`);
  const parts = (bucket === 'hour' ? hours : days).map(
    (source) => Prisma.sql`
      SELECT ${startOf[bucket]} AS start, task, unit, ${only('key', Prisma.sql`key_id`)} AS key_id,
        ${only('model', Prisma.sql`model`)} AS model, ${only('status', Prisma.sql`status`)} AS status,
        amount, items, compute_ms
      FROM ${source}
      WHERE tenant_id = ${tenantId} AND starts_at < ${until}::timestamptz
        AND starts_at >= ${latest(from, after?.start)}::timestamptz
        ${task === undefined ? Prisma.empty : Prisma.sql`AND task = ${task}`}`,
  );
  return Prisma.sql`
    SELECT start, task, unit, key_id AS "keyId", model, status, sum(amount)::float8 AS amount,
      sum(items)::float8 AS items, sum(compute_ms) AS "computeMs"
    FROM (${Prisma.join(parts, ' UNION ALL ')}) AS usage
    ${after === undefined ? Prisma.empty : Prisma.sql`WHERE ${isAfter(after)}`}
    GROUP BY start, task, unit, key_id, model, status ORDER BY start, task, unit, key_id, model, status
    ${limit === undefined ? Prisma.empty : Prisma.sql`LIMIT ${limit}`}`;
}

function latest(from: string, after = from): string {
  return after > from ? after : from;
}

function isAfter({ start, task, unit, keyId = '', model = '', status = '' }: UsagePlace): Prisma.Sql {
  return Prisma.sql`(start, task, unit, key_id, model, status)
    > (${start}::timestamptz, ${task}, ${unit}, ${keyId}, ${model}, ${status})`;
}

type ReportRow = Omit<UsageBucket, 'day' | 'start' | 'keyId' | 'model' | 'status'> &
  Record<'keyId' | 'model' | 'status', string> & { start: Date };

function toBucket(
  { start, keyId, model, status, ...same }: ReportRow,
  groupBy: readonly UsageGroup[],
): UsageBucket {
  const text = start.toISOString();
  return {
    day: text.slice(0, 10),
    start: text,
    ...same,
    ...(groupBy.includes('key') && { keyId }),
    ...(groupBy.includes('model') && { model }),
    ...(groupBy.includes('status') && { status }),
  };
}

function startOfDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / dayMs) * dayMs);
}
