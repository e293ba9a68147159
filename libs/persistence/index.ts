/**
 * persistence: what outlives the process, in Postgres or in a folder of PGlite, behind core's ports.
 *
 * Owns: opening and migrating the database, tenants, keys and plans with
 * the audit log of what is done to them, the meter with its group commit, remembered replies, jobs
 * and webhooks with their encryption at rest, backups, and the database roles: every statement on a tenant's rows runs as a role that row-level
 * security confines.
 * Refuses: deciding what is billed (core does), keeping the installation's key, and any second copy of the schema:
 * tables, policies and roles stand in prisma/migrations only.
 */
export { restoreBackup } from './backup/restore-backup.js';
export { writeBackup, type BackupReport } from './backup/write-backup.js';
export { FolderInUseError, lockFolder, type FolderLock } from './folder-lock.js';
export { GroupCommitUsageLog } from './group-commit-usage-log.js';
export type { GroupCommitOptions } from './group-commit.js';
export { migrate, MigrationConflict } from './migrate.js';
export { openDatabase, type Database, type DatabaseLocation } from './open-database.js';
export { openDirectory } from './open-directory.js';
export { openUsageLog } from './open-usage-log.js';
export { reportStatement } from './report-usage.js';
export { PrismaIdempotencyStore } from './prisma-idempotency-store.js';
export { PrismaInvoiceStore } from './prisma-invoice-store.js';
export { PrismaJobStore } from './prisma-job-store.js';
export { PrismaJobWorkStore } from './prisma-job-work-store.js';
export { PrismaProfileStore } from './prisma-profile-store.js';
export { PrismaVideoStore } from './prisma-video-store.js';
export { PrismaPriceStore } from './prisma-price-store.js';
export { PrismaUsageBooks } from './prisma-usage-books.js';
export { PrismaWebhookStore } from './prisma-webhook-store.js';
export type { UsageRefused } from './usage-inbox.js';
