import { GroupCommitUsageLog } from './group-commit-usage-log.js';
import { JournaledUsageLog } from './journaled-usage-log.js';
import type { Database } from './open-database.js';

/** The meter that suits the database: a commit of its own is cheap on a server and dear in this process. */
export function openUsageLog(database: Database): GroupCommitUsageLog | JournaledUsageLog {
  const { usageInbox } = database;
  return usageInbox === undefined
    ? new GroupCommitUsageLog(database)
    : new JournaledUsageLog(database, usageInbox);
}
