/**
 * Every table that is part of a backup, each after those that its rows refer to. `_prisma_migrations` is not: a restore
 * makes it anew by migrating.
 */
export const backupTables = [
  'plans',
  'tenants',
  'api_keys',
  'audit_log',
  'audit_head',
  'prices',
  'usage_rows',
  'usage_deltas',
  'usage_rollups',
  'usage_days',
  'usage_ledger',
  'usage_months',
  'invoices',
  'usage_drops',
  'idempotent_replies',
  'jobs',
  'job_chunks',
  'job_shares',
  'webhook_secrets',
  'webhook_deliveries',
  'inspection_profiles',
  'inspection_profile_versions',
] as const;

/** Migrations put a first row into these, which gives way to the backup's. */
export const seededTables: readonly string[] = ['plans', 'audit_head'];
