import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowseAudit, standardPlan } from '#core';
import { startPostgres, type PostgresServer } from '#local-servers';
import { restoreBackup } from './backup/restore-backup.js';
import { writeBackup } from './backup/write-backup.js';
import { outcomeOf, publishJob } from './fixtures/job.js';
import { addKey, addTenant, anEvent } from './fixtures/tenant.js';
import { usageRow } from './fixtures/usage-row.js';
import { GroupCommitUsageLog } from './group-commit-usage-log.js';
import { migrate } from './migrate.js';
import { openDatabase, type Database } from './open-database.js';
import { openDirectory } from './open-directory.js';
import { PrismaIdempotencyStore } from './prisma-idempotency-store.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaJobWorkStore } from './prisma-job-work-store.js';
import { PrismaUsageBooks } from './prisma-usage-books.js';
import { createSeal } from '#kernel';

/** The other suites connect as a superuser, whom no policy holds: here are the logins of a production server. */
describe('a Postgres server with an owner and a runtime login', () => {
  let server: PostgresServer;
  let owner: Database;
  let runtime: Database;

  beforeAll(async () => {
    server = await startPostgres();
    const url = new URL(await server.createDatabase('production'));
    const superuser = await openDatabase({ url: url.href });
    await superuser.transactSql((session) =>
      session.script(
        `CREATE ROLE owner LOGIN CREATEROLE; CREATE ROLE runtime LOGIN; ALTER DATABASE production OWNER TO owner;`,
      ),
    );
    await superuser.close();
    url.username = 'owner';
    owner = await openDatabase({ url: url.href });
    await migrate(owner);
    await owner.transactSql((session) =>
      session.script(
        'GRANT inferway_app, inferway_meter, inferway_directory, inferway_janitor, inferway_runner, inferway_biller TO runtime',
      ),
    );
    url.username = 'runtime';
    runtime = await openDatabase({ url: url.href });
  }, 60_000);
  afterAll(async () => {
    await owner.close();
    await runtime.close();
    await server.stop();
  });

  it('lets its owner take a backup and restore it, and the runtime login take none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inferway-logins-'));
    const file = join(folder, 'backup');
    await addTenant(owner, { id: 'ten_saved' });
    await publishJob(new PrismaJobStore(owner, createSeal(Buffer.alloc(32))), { tenantId: 'ten_saved' });
    await expect(writeBackup(runtime, file)).rejects.toThrow(/This login may not become inferway_backup/);
    const { rows } = await writeBackup(owner, file);
    const url = new URL(await server.createDatabase('restored'));
    const superuser = await openDatabase({ url: url.href });
    await superuser.transactSql((session) => session.script('ALTER DATABASE restored OWNER TO owner'));
    await superuser.close();
    url.username = 'owner';
    const restored = await openDatabase({ url: url.href });
    expect((await restoreBackup(restored, file)).rows).toBe(rows);
    expect(await openDirectory(restored).tenants.find('ten_saved')).toMatchObject({ id: 'ten_saved' });
    const unforced = await restored.transactSql((session) =>
      session.query('SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity'),
    );
    expect(unforced).toEqual([]);
    await restored.close();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(['owner', 'runtime'])('serves every port as %s', async (name) => {
    const database = name === 'owner' ? owner : runtime;
    const tenantId = `ten_${name}`;
    const { keys, plans, tenants, audit } = openDirectory(database);
    expect(await plans.create({ ...standardPlan, id: name }, anEvent())).toBe(true);
    await addTenant(database, { id: tenantId, planId: name, weight: 2 });
    await addKey(database, { id: `key_${name}`, tenantId });
    const found = { tenantId, tenant: { weight: 2 }, plan: { id: name } };
    expect(await keys.findKey(`key_${name}`)).toMatchObject(found);
    await keys.markUsed([{ id: `key_${name}`, at: new Date() }]);
    expect(await keys.revoke(`key_${name}`, anEvent())).toMatchObject({ revokedAt: expect.any(Date) });

    const log = new GroupCommitUsageLog(database);
    await log.record([usageRow({ tenantId })]);
    expect(await log.report(tenantId, { from: new Date(0), to: new Date('2030-01-01') })).toHaveLength(1);

    expect(await new PrismaUsageBooks(database).drop(1, 1)).toBeUndefined();

    const replies = new PrismaIdempotencyStore(database, createSeal(Buffer.alloc(32)));
    const now = Date.now();
    const request = {
      tenantId,
      key: 'k',
      bodyHash: Buffer.alloc(32),
      requestId: 'r',
      now,
      lockedUntil: now + 1,
    };
    expect(await replies.begin(request)).toMatchObject({ state: 'started' });
    await replies.complete(tenantId, 'k', { ok: true }, now);
    expect(await replies.begin(request)).toMatchObject({ state: 'replay', reply: { ok: true } });
    expect(await replies.purge()).toBe(0);

    const seal = createSeal(Buffer.alloc(32));
    const [jobs, work] = [new PrismaJobStore(database, seal), new PrismaJobWorkStore(database, seal)];
    const id = await publishJob(jobs, { tenantId, total: 2 });
    const [chunk] = await work.claim(name, 60_000, 1);
    if (chunk === undefined) throw new Error('nothing was leased');
    expect(await work.settle(name, chunk, outcomeOf(chunk))).toBe(true);
    expect(await jobs.find(tenantId, id)).toMatchObject({ status: 'succeeded' });
    await work.sweep();
    await tenants.change(tenantId, { status: 'suspended' }, anEvent());
    expect(await tenants.erase(tenantId, anEvent())).toMatchObject({ jobs: 1, keys: 1 });
    expect(await new BrowseAudit(audit).verify()).not.toHaveProperty('fault');
  });

  it('shows the owner of the tables nothing outside the roles', async () => {
    await new GroupCommitUsageLog(owner).record([usageRow({ tenantId: 'ten_x' })]);
    const rows = await owner.transactSql((session) => session.query('SELECT * FROM usage_rows'));
    expect(rows).toEqual([]);
  });

  it('shows the runtime login no row of any tenant before it has taken a role', async () => {
    await addTenant(runtime, { id: 'ten_y' });
    await addKey(runtime, { id: 'key_y', tenantId: 'ten_y' });
    const seal = createSeal(Buffer.alloc(32));
    await publishJob(new PrismaJobStore(runtime, seal), { tenantId: 'ten_y' });
    await new GroupCommitUsageLog(runtime).record([usageRow({ tenantId: 'ten_y' })]);
    const ask = (sql: string) => runtime.transactSql((session) => session.query(sql));
    const readable = await ask(
      `SELECT relname FROM pg_class WHERE relrowsecurity AND has_any_column_privilege(oid, 'SELECT')`,
    );
    expect(readable).toEqual(
      expect.arrayContaining(['tenants', 'api_keys', 'usage_rows', 'jobs'].map((relname) => ({ relname }))),
    );
    const seen = async (table: unknown) => ({ table, rows: await ask(`SELECT 1 FROM ${String(table)}`) });
    for (const { relname } of readable) expect(await seen(relname)).toEqual({ table: relname, rows: [] });
  });

  it('lets the runtime login check the migrations but touch no table of its own accord', async () => {
    expect(await migrate(runtime)).toEqual([]);
    const attempt = (sql: string) => runtime.transactSql((session) => session.script(sql));
    await expect(attempt('CREATE TABLE mine (id INT)')).rejects.toThrow('permission denied');
    await expect(attempt('ALTER TABLE usage_rows DISABLE ROW LEVEL SECURITY')).rejects.toThrow(
      'must be owner',
    );
    await expect(attempt('UPDATE usage_rows SET amount = 0')).rejects.toThrow('permission denied');
  });
});
