import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { publishJob } from './fixtures/job.js';
import { addProfile } from './fixtures/profile.js';
import { addKey, addTenant } from './fixtures/tenant.js';
import { usageRow } from './fixtures/usage-row.js';
import { openUsageLog } from './open-usage-log.js';
import { openDatabase, type Database, type SqlSession } from './open-database.js';
import { PrismaIdempotencyStore } from './prisma-idempotency-store.js';
import { PrismaInvoiceStore } from './prisma-invoice-store.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';
import type { DatabaseRole } from './roles.js';
import { createSeal } from '#kernel';

const tenantTables = [
  'tenants',
  'api_keys',
  'usage_rows',
  'usage_deltas',
  'usage_rollups',
  'usage_days',
  'usage_drops',
  'usage_ledger',
  'invoices',
  'idempotent_replies',
  'jobs',
  'job_chunks',
  'job_shares',
  'webhook_secrets',
  'webhook_deliveries',
  'inspection_profiles',
  'inspection_profile_versions',
];
/** What a tenant's role reads. */
const ownTables = [
  'usage_rows',
  'usage_deltas',
  'usage_rollups',
  'usage_days',
  'invoices',
  'idempotent_replies',
  'jobs',
  'job_chunks',
  'webhook_secrets',
  'webhook_deliveries',
  'inspection_profiles',
  'inspection_profile_versions',
];

describe.each(testBackends)('row-level security on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    await fill(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  /** As nobody trusts the adapters here: plain SQL as the role. */
  const as = <T>(
    role: DatabaseRole | 'inferway_eraser' | 'inferway_pruner',
    tenantId: string | undefined,
    work: (session: SqlSession) => Promise<T>,
  ) =>
    database.transactSql(async (session) => {
      await session.query(`SELECT set_config('role', $1, true)`, [role]);
      if (tenantId !== undefined)
        await session.query(`SELECT set_config('app.tenant_id', $1, true)`, [tenantId]);
      return work(session);
    });
  const tenantsSeen = async (role: DatabaseRole, tenantId: string | undefined, table: string) => {
    const rows = await as(role, tenantId, (session) =>
      session.query(`SELECT DISTINCT tenant_id FROM ${table}`),
    );
    return rows.map((row) => row['tenant_id']);
  };
  const attempt = (
    role: DatabaseRole | 'inferway_eraser' | 'inferway_pruner',
    tenantId: string | undefined,
    sql: string,
  ) => as(role, tenantId, (session) => session.script(sql));

  it('is enabled and forced on every table that knows tenants', async () => {
    const rows = await database.transactSql((session) =>
      session.query(
        `SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY relname`,
      ),
    );
    expect(rows.map((row) => row['relname'])).toEqual([...tenantTables].sort());
    const withTenant = await database.transactSql((session) =>
      session.query(
        `SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'`,
      ),
    );
    for (const row of withTenant) expect(tenantTables).toContain(row['table_name']);
  });

  it('asks in every policy who reads: the one tenant that is set, or a role that was taken', async () => {
    const open = await database.transactSql((session) =>
      session.query(
        `SELECT tablename, policyname FROM pg_policies
         WHERE concat_ws(' ', qual, with_check) !~ 'app\\.tenant_id|current_user|CURRENT_USER'`,
      ),
    );
    expect(open).toEqual([]);
  });

  it.each(ownTables)('shows a tenant its own rows of %s only', async (table) => {
    expect(await tenantsSeen('inferway_app', 'ten_a', table)).toEqual(['ten_a']);
    expect(await tenantsSeen('inferway_app', 'ten_b', table)).toEqual(['ten_b']);
    expect(await tenantsSeen('inferway_app', 'ten_c', table)).toEqual([]);
  });

  it.each(ownTables)('shows nothing of %s while no tenant is set', async (table) => {
    expect(await tenantsSeen('inferway_app', undefined, table)).toEqual([]);
    expect(await tenantsSeen('inferway_app', '', table)).toEqual([]);
  });

  it('lets a tenant neither write nor delete in the name of another', async () => {
    const stolen = `INSERT INTO idempotent_replies VALUES ('ten_b', 'x', '\\x00', 'req', now(), now())`;
    await expect(attempt('inferway_app', 'ten_a', stolen)).rejects.toThrow('row-level security');
    await expect(attempt('inferway_app', undefined, stolen)).rejects.toThrow('row-level security');
    await attempt('inferway_app', 'ten_a', `DELETE FROM idempotent_replies WHERE tenant_id = 'ten_b'`);
    expect(await tenantsSeen('inferway_app', 'ten_b', 'idempotent_replies')).toEqual(['ten_b']);
  });

  it.each<[DatabaseRole | 'inferway_eraser' | 'inferway_pruner', string]>([
    ['inferway_app', 'SELECT FROM api_keys'],
    ['inferway_app', 'SELECT FROM tenants'],
    ['inferway_app', `INSERT INTO usage_rows SELECT * FROM usage_rows`],
    ['inferway_app', `SELECT record_usage('[]')`],
    ['inferway_meter', 'SELECT amount FROM usage_rows'],
    ['inferway_meter', 'UPDATE usage_rows SET amount = 0'],
    ['inferway_meter', 'DELETE FROM usage_rows'],
    ['inferway_meter', 'SELECT FROM idempotent_replies'],
    ['inferway_meter', `SELECT find_key('key_a')`],
    ['inferway_meter', `INSERT INTO usage_rows VALUES ('ten_a')`],
    ['inferway_meter', 'SELECT FROM usage_deltas'],
    ['inferway_meter', 'SELECT roll_up_usage(1)'],
    ['inferway_app', 'SELECT FROM usage_ledger'],
    ['inferway_app', 'UPDATE usage_rollups SET amount = 0'],
    ['inferway_biller', 'UPDATE usage_rows SET amount = 0'],
    ['inferway_biller', 'UPDATE usage_rollups SET amount = 0'],
    ['inferway_biller', 'UPDATE usage_days SET amount = 0'],
    ['inferway_biller', 'UPDATE usage_ledger SET amount = 0'],
    ['inferway_biller', 'UPDATE usage_months SET revision = 0'],
    ['inferway_biller', 'DELETE FROM usage_months'],
    ['inferway_app', 'SELECT FROM usage_months'],
    ['inferway_biller', 'DELETE FROM usage_deltas'],
    ['inferway_biller', `SELECT record_usage('[]')`],
    ['inferway_biller', `UPDATE invoices SET total_micros = 0`],
    ['inferway_biller', 'DELETE FROM invoices'],
    ['inferway_app', `INSERT INTO invoices SELECT * FROM invoices`],
    ['inferway_biller', 'DELETE FROM usage_rows'],
    ['inferway_biller', `INSERT INTO usage_drops (tenant_id, month) VALUES ('ten_a', '2020-01')`],
    ['inferway_app', 'SELECT FROM usage_drops'],
    ['inferway_meter', 'SELECT drop_usage(1, 1)'],
    ['inferway_runner', 'SELECT drop_usage(1, 1)'],
    ['inferway_pruner', 'UPDATE usage_rows SET amount = 0'],
    ['inferway_pruner', 'DELETE FROM usage_ledger'],
    ['inferway_pruner', 'DELETE FROM usage_drops'],
    ['inferway_pruner', 'SELECT total_micros FROM invoices'],
    ['inferway_biller', 'SELECT FROM api_keys'],
    ['inferway_directory', 'SELECT FROM usage_rows'],
    ['inferway_directory', 'SELECT FROM idempotent_replies'],
    ['inferway_directory', 'DELETE FROM api_keys'],
    ['inferway_directory', `UPDATE api_keys SET role = 'admin'`],
    ['inferway_directory', `UPDATE tenants SET id = 'ten_b'`],
    ['inferway_directory', 'DELETE FROM tenants'],
    ['inferway_directory', `UPDATE api_keys SET hash = ''`],
    ['inferway_directory', `UPDATE api_keys SET scopes = '{*}'`],
    ['inferway_directory', `UPDATE audit_log SET actor = 'x'`],
    ['inferway_directory', 'DELETE FROM audit_log'],
    ['inferway_directory', 'TRUNCATE audit_log'],
    ['inferway_directory', 'DELETE FROM audit_head'],
    ['inferway_app', 'SELECT FROM audit_log'],
    ['inferway_app', `SELECT erase_tenant('ten_b')`],
    ['inferway_runner', `SELECT erase_tenant('ten_b')`],
    ['inferway_runner', `SELECT mark_keys_used('[]')`],
    ['inferway_eraser', 'SELECT FROM usage_rows'],
    ['inferway_eraser', 'SELECT url FROM webhook_deliveries'],
    ['inferway_eraser', 'SELECT hash FROM api_keys'],
    ['inferway_app', 'SELECT FROM plans'],
    ['inferway_meter', 'SELECT FROM plans'],
    ['inferway_runner', 'UPDATE plans SET weight = 100'],
    ['inferway_janitor', 'SELECT reply FROM idempotent_replies'],
    ['inferway_janitor', 'UPDATE idempotent_replies SET expires_at = now()'],
    ['inferway_janitor', 'SELECT FROM usage_rows'],
    ['inferway_janitor', 'SELECT FROM jobs'],
    ['inferway_app', 'SELECT FROM job_shares'],
    ['inferway_app', `UPDATE jobs SET succeeded = total`],
    ['inferway_app', `UPDATE job_chunks SET results = NULL`],
    ['inferway_app', `UPDATE webhook_deliveries SET url = ''`],
    ['inferway_runner', 'SELECT FROM webhook_secrets'],
    ['inferway_runner', 'SELECT FROM usage_rows'],
    ['inferway_runner', 'SELECT FROM api_keys'],
    ['inferway_runner', `UPDATE jobs SET weight = 100`],
    ['inferway_runner', `INSERT INTO jobs SELECT * FROM jobs`],
    ['inferway_runner', 'SELECT job_retention_days()'],
    ['inferway_meter', 'SELECT FROM jobs'],
    ['inferway_directory', 'SELECT FROM jobs'],
  ])('denies %s: %s', async (role, sql) => {
    await expect(attempt(role, 'ten_a', sql)).rejects.toThrow('permission denied');
  });

  it("puts a tenant's work in nobody else's name", async () => {
    const columns = '(tenant_id, id, key_id, task, weight, status, created_at, expires_at)';
    const stolen = `INSERT INTO jobs ${columns} VALUES ('ten_b', 'x', 'k', 't', 1, 'queued', now(), now())`;
    await expect(attempt('inferway_app', 'ten_a', stolen)).rejects.toThrow('row-level security');
    await attempt('inferway_app', 'ten_a', `UPDATE jobs SET status = 'cancelled'`);
    const left = await as('inferway_app', 'ten_b', (session) => session.query('SELECT status FROM jobs'));
    expect(left).toEqual([{ status: 'queued' }]);
  });

  it('lets the janitor delete nothing that has not expired', async () => {
    await attempt('inferway_janitor', undefined, 'DELETE FROM idempotent_replies');
    expect(await tenantsSeen('inferway_app', 'ten_a', 'idempotent_replies')).toEqual(['ten_a']);
  });

  it('leaves neither role nor tenant behind on the connection', async () => {
    await openUsageLog(database).report('ten_a', { from: new Date(0), to: new Date(0) });
    const left = `SELECT current_setting('role') AS role, current_setting('app.tenant_id', true) AS tenant`;
    const rows = await database.prisma.$queryRawUnsafe<{ role: string; tenant: string | null }[]>(left);
    expect(rows[0]?.role).toBe('none');
    expect(rows[0]?.tenant ?? '').toBe('');
  });
});

/** Two tenants with a key, a metered item and an attempt each. */
async function fill(database: Database): Promise<void> {
  const replies = new PrismaIdempotencyStore(database, createSeal(Buffer.alloc(32)));
  const log = openUsageLog(database);
  for (const tenantId of ['ten_a', 'ten_b']) {
    await addTenant(database, { id: tenantId });
    await addKey(database, { id: `key_${tenantId}`, tenantId });
    await log.record([usageRow({ tenantId })]);
    const now = Date.now();
    const attempt = { tenantId, key: 'order-1', bodyHash: Buffer.alloc(32), requestId: 'req_1' };
    await replies.begin({ ...attempt, now, lockedUntil: now + 1_000 });
    await publishJob(new PrismaJobStore(database, createSeal(Buffer.alloc(32))), { tenantId });
    await database.transactSql(async (session) => {
      await session.query(
        `SELECT set_config('role', 'inferway_app', true), set_config('app.tenant_id', $1, true)`,
        [tenantId],
      );
      await session.query(`INSERT INTO webhook_secrets VALUES ($1, '', now())`, [tenantId]);
      await session.query(
        `INSERT INTO webhook_deliveries (tenant_id, id, job_id, event, url, body, next_attempt_at, created_at)
         VALUES ($1, 'msg', 'job', 'job.succeeded', '', '{}', now(), now())`,
        [tenantId],
      );
    });
    await addProfile(database, tenantId);
  }
  await new PrismaUsageBooks(database).rollUp(10);
  for (const tenantId of ['ten_a', 'ten_b']) await log.record([usageRow({ tenantId, item: 1 })]);
  const invoices = new PrismaInvoiceStore(database);
  const empty = { month: '2026-01', currency: 'EUR', totalMicros: 0, lines: [] };
  for (const tenantId of ['ten_a', 'ten_b']) await invoices.close(tenantId, empty);
}
