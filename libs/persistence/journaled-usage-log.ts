import type { UsageBucket } from '#contracts';
import { UsageLog, type UsageRange, type UsageRow } from '#core';
import { AppError } from '#kernel';
import type { Database } from './open-database.js';
import { reportUsage } from './report-usage.js';
import { usageColumns } from './usage-columns.js';
import type { UsageInbox } from './usage-inbox.js';

/** The meter of a database in this process: a row is durable in the journal before the tables have it. */
export class JournaledUsageLog extends UsageLog {
  constructor(
    private readonly database: Database,
    private readonly inbox: UsageInbox,
  ) {
    super();
  }

  /** Rows that are not in the tables. */
  get pendingRows(): number {
    return this.inbox.pendingRows;
  }

  /**
   * Resolves when the rows are durable.
   * @throws AppError `overloaded` when the journal is full or has no room on the disk; `internal` for rows that no table
   * would take: said now, while whoever asked can still be told
   */
  override record(rows: readonly UsageRow[]): Promise<void> {
    return Promise.try(() => {
      if (rows.length === 0) return;
      const columns = rows.map(usageColumns);
      for (const column of columns.flatMap((row) => Object.values(row))) assertStorable(column);
      this.inbox.add(columns);
    });
  }

  override report(tenantId: string, range: UsageRange): Promise<UsageBucket[]> {
    return reportUsage(this.database, tenantId, range);
  }
}

/** Postgres knows no NUL in a text, JSON no number that is not finite. */
function assertStorable(value: string | number): void {
  const fits = typeof value === 'string' ? !value.includes('\0') : Number.isFinite(value);
  if (!fits) throw new AppError('internal', {}, { internal: { usageValue: value } });
}
