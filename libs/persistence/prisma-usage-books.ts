import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import {
  secondLookMs,
  UsageBooks,
  type BookDifference,
  type DroppedMonth,
  type UsageRow,
  type UsageRowPlace,
} from '#core';
import {
  daysAgainstRollups,
  rollupsAgainstLedger,
  rollupsAgainstRows,
  rowsAgainstLedger,
  toDifference,
  type DifferenceRow,
} from './compare-books.js';
import { partsOf, rowsByHour, rowsPerComparison } from './compare-spans.js';
import { droppedAgainstLedger } from './dropped-usage.js';
import { Prisma } from './generated/client.js';
import { knownMonths } from './known-months.js';
import { ledgerTenants } from './ledger-tenants.js';
import type { Database } from './open-database.js';
import { asBiller } from './roles.js';

/** The books of all tenants. Everything here reads as the biller, which can change nothing. */
export class PrismaUsageBooks extends UsageBooks {
  /** @param mostRows of one comparison */
  constructor(
    private readonly database: Database,
    private readonly mostRows = rowsPerComparison,
  ) {
    super();
  }

  override async rollUp(mostDeltas: number): Promise<number | undefined> {
    const [row] = await asBiller(
      this.database,
      (transaction) =>
        transaction.$queryRaw<
          { folded: number | null }[]
        >`SELECT roll_up_usage(${mostDeltas}::int) AS folded`,
    );
    return row?.folded ?? undefined;
  }

  override async drop(keepMonths: number, mostRows: number): Promise<number | undefined> {
    const [row] = await asBiller(
      this.database,
      (transaction) =>
        transaction.$queryRaw<{ dropped: number | null }[]>`SELECT CASE WHEN NOT EXISTS (
            SELECT FROM usage_months WHERE month < to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')
            AND (over_since IS NULL OR over_since > now() - make_interval(secs => ${secondLookMs / 1_000}::float8))
          ) THEN drop_usage(${keepMonths}::int, ${mostRows}::int) END AS dropped`,
    );
    return row?.dropped ?? undefined;
  }

  override dropped(): Promise<DroppedMonth[]> {
    return asBiller(
      this.database,
      (transaction) => transaction.$queryRaw<DroppedMonth[]>`
        SELECT month, count(*)::float8 AS tenants, sum(items)::float8 AS items
        FROM usage_drops GROUP BY 1 ORDER BY 1`,
    );
  }

  override async compareDropped(month: string, limit: number): Promise<BookDifference[]> {
    const rows = await asBiller(this.database, (transaction) =>
      transaction.$queryRaw<DifferenceRow[]>(droppedAgainstLedger(month, limit)),
    );
    return rows.map((row) => toDifference('dropped', row));
  }

  override async months(last?: number): Promise<string[]> {
    const found = new Set<string>();
    for (const statement of knownMonths(last)) {
      const rows = await asBiller(this.database, (transaction) =>
        transaction.$queryRaw<{ month: string }[]>(statement),
      );
      for (const { month } of rows) found.add(month);
    }
    return [...found].sort();
  }

  /** In parts of a bounded number of rows, each read by a statement of its own; of a single hour all are one part. */
  override async compare(from: Date, until: Date, limit: number): Promise<BookDifference[]> {
    const { hours, days } = await asBiller(this.database, async (transaction) => ({
      hours: await transaction.$queryRaw<{ hour: Date; items: number }[]>(rowsByHour(from, until)),
      days: await transaction.$queryRaw<DifferenceRow[]>(daysAgainstRollups(from, until, limit)),
    }));
    const found: BookDifference[] = [];
    for (const part of partsOf(from, until, hours, this.mostRows)) {
      found.push(...(await this.compareHours(part, limit)));
      if (found.length >= limit) break;
      // An embedded database answers without leaving this turn of the event loop: requests would wait for the last part.
      await turnOfTheLoop();
    }
    return [...found, ...days.map((row) => toDifference('day', row))];
  }

  private compareHours(
    { from, until }: { from: Date; until: Date },
    limit: number,
  ): Promise<BookDifference[]> {
    return asBiller(this.database, async (transaction) => {
      const rows = await transaction.$queryRaw<DifferenceRow[]>(rowsAgainstLedger(from, until, limit));
      const rollups = await transaction.$queryRaw<DifferenceRow[]>(rollupsAgainstRows(from, until, limit));
      const entered = await transaction.$queryRaw<DifferenceRow[]>(rollupsAgainstLedger(from, until, limit));
      return [
        ...rows.map((row) => toDifference('rows', row)),
        ...rollups.map((row) => toDifference('roll-up', row)),
        ...entered.map((row) => toDifference('ledger', row)),
      ];
    });
  }

  override async tenants(): Promise<string[]> {
    const rows = await asBiller(
      this.database,
      (transaction) => transaction.$queryRaw<{ tenant_id: string }[]>`
        WITH ${ledgerTenants} SELECT tenant_id FROM tenants WHERE tenant_id IS NOT NULL
        UNION SELECT tenant_id FROM usage_deltas ORDER BY 1`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /** By the index on tenant and time: each page costs what it holds. */
  override rows(
    tenantId: string,
    { from, until, after, limit }: { from: Date; until: Date; after?: UsageRowPlace; limit: number },
  ): Promise<UsageRow[]> {
    const start = (after?.at ?? from).toISOString();
    const isAfter =
      after === undefined
        ? Prisma.empty
        : Prisma.sql`AND (at, request_id, item, status)
            > (${start}::timestamptz, ${after.requestId}, ${after.item}, ${after.status})`;
    return asBiller(
      this.database,
      (transaction) => transaction.$queryRaw<UsageRow[]>`
        SELECT tenant_id AS "tenantId", request_id AS "requestId", item, key_id AS "keyId", task, model, unit, amount,
          status, compute_ms AS "computeMs", padding_ms AS "paddingMs", queue_ms AS "queueMs",
          inference_ms AS "inferenceMs", at
        FROM usage_rows
        WHERE tenant_id = ${tenantId} AND at >= ${start}::timestamptz AND at < ${until.toISOString()}::timestamptz
          ${isAfter} ORDER BY at, request_id, item, status LIMIT ${limit}`,
    );
  }
}
