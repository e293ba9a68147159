import type { UsageBucket } from '#contracts';
import { UsageLog, type UsageRange, type UsageRow } from '#core';
import { isOutage } from './database-errors.js';
import { GroupCommit, type GroupCommitOptions } from './group-commit.js';
import type { Database } from './open-database.js';
import { reportUsage } from './report-usage.js';
import { usageColumns } from './usage-columns.js';
import { writeUsage } from './write-usage.js';

const defaults: GroupCommitOptions = {
  maxPendingRows: 10_000,
  maxCommitRows: 300,
  gatherMsPerCall: 1,
  maxGatherMs: 25,
  retryForMs: 10_000,
};

/** The meter on a server of Postgres: rows of concurrent requests share a commit, and a row written twice counts once. */
export class GroupCommitUsageLog extends UsageLog {
  private readonly log: GroupCommit<UsageRow>;

  constructor(
    private readonly database: Database,
    options: Partial<GroupCommitOptions> = {},
  ) {
    super();
    this.log = new GroupCommit((rows) => this.insert(rows), isOutage, { ...defaults, ...options });
  }

  /** Rows that are not durable yet. */
  get pendingRows(): number {
    return this.log.pendingRows;
  }

  /**
   * Resolves when the rows are durable.
   * @throws AppError `overloaded` when the log is full or the database stayed away; `internal` for rows that it refuses
   */
  override record(rows: readonly UsageRow[], callsToCome = 0): Promise<void> {
    return this.log.add(rows, callsToCome);
  }

  /** `items` and `computeMs` count every row, also those billed 0 units. */
  override report(tenantId: string, range: UsageRange): Promise<UsageBucket[]> {
    return reportUsage(this.database, tenantId, range);
  }

  private async insert(rows: readonly UsageRow[]): Promise<void> {
    await writeUsage(this.database.prisma, JSON.stringify(rows.map(usageColumns)));
  }
}
