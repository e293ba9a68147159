import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { standardPlan, type Directory } from '#core';
import { createSeal } from '#kernel';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { publishJob } from './fixtures/job.js';
import { addProfile } from './fixtures/profile.js';
import { addKey, addTenant, aTenant, anEvent } from './fixtures/tenant.js';
import { usageRow } from './fixtures/usage-row.js';
import { openUsageLog } from './open-usage-log.js';
import { openDatabase, type Database } from './open-database.js';
import { openDirectory } from './open-directory.js';
import { PrismaIdempotencyStore } from './prisma-idempotency-store.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaWebhookStore } from './prisma-webhook-store.js';

const seal = createSeal(Buffer.alloc(32));

describe.each(testBackends)('tenants and plans on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let directory: Directory;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    directory = openDirectory(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  /** As the owner of the tables who is a superuser, whom no policy holds: what is really there. */
  const tablesWith = async (tenantId: string) => {
    const session = <T>(work: Parameters<typeof database.transactSql<T>>[0]) => database.transactSql(work);
    const tables = await session((sql) =>
      sql.query(
        `SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'`,
      ),
    );
    const found: string[] = [];
    for (const { table_name: table } of tables) {
      const rows = await session((sql) =>
        sql.query(`SELECT 1 FROM ${String(table)} WHERE tenant_id = $1 LIMIT 1`, [tenantId]),
      );
      if (rows.length > 0) found.push(String(table));
    }
    return found.sort();
  };

  it('gives back every field of a tenant, and changes only what is named', async () => {
    const tenant = aTenant({ id: 'ten_fields', name: 'Ünïcode', weight: 0.25, retentionDays: 30, budget: 7 });
    await directory.tenants.create(tenant, anEvent());
    expect(await directory.tenants.find(tenant.id)).toEqual(tenant);
    const changed = await directory.tenants.change(tenant.id, { weight: null, budget: 0 }, anEvent());
    expect(changed).toEqual({ ...tenant, weight: null, budget: 0 });
    expect(await directory.tenants.change('ten_none', { name: 'x' }, anEvent())).toBeUndefined();
  });

  it('gives back every field of a plan, and a tenant has its weight and retention where it has none', async () => {
    const plan = {
      ...{ id: 'small', name: 'Small', ratePerSecond: 2.5, burst: 10, concurrency: 4, maxItems: 8 },
      ...{ monthlyUnits: { translate: 500_000 }, softThreshold: 0.5, weight: 0.5, retentionDays: 2 },
      corsOrigins: ['https://shop.example'],
    };
    expect(await directory.plans.create(plan, anEvent())).toBe(true);
    expect(await directory.plans.create({ ...standardPlan, id: 'small' }, anEvent())).toBe(false);
    expect(await directory.plans.find('small')).toEqual(plan);
    await addTenant(database, { id: 'ten_small', planId: 'small' });
    await addKey(database, { id: 'key_small', tenantId: 'ten_small' });
    expect(await directory.keys.findKey('key_small')).toMatchObject({ plan, tenant: { weight: 0.5 } });
    const jobs = new PrismaJobStore(database, seal);
    const job = await jobs.find('ten_small', await publishJob(jobs, { tenantId: 'ten_small' }));
    expect((job?.expiresAt.getTime() ?? 0) - (job?.createdAt.getTime() ?? 0)).toBeCloseTo(2 * 86_400_000, -4);
    expect(await directory.plans.change('small', { weight: 3 }, anEvent())).toEqual({ ...plan, weight: 3 });
    expect(await directory.keys.findKey('key_small')).toMatchObject({ tenant: { weight: 3 } });
  });

  it('keeps a plan that has tenants, and knows no plan that is not there', async () => {
    expect(await directory.plans.remove('small', anEvent())).toBe('in_use');
    expect(await directory.plans.remove('none', anEvent())).toBe('missing');
    expect(await directory.plans.create({ ...standardPlan, id: 'unused' }, anEvent())).toBe(true);
    expect(await directory.plans.remove('unused', anEvent())).toBe('removed');
    await expect(addTenant(database, { id: 'ten_x', planId: 'none' })).rejects.toMatchObject({
      code: 'resource.not_found',
      message: 'There is no plan none',
    });
    const change = directory.tenants.change('ten_small', { planId: 'none' }, anEvent());
    await expect(change).rejects.toMatchObject({ code: 'resource.not_found' });
  });

  it('erases a suspended tenant from every table but its usage, and nothing of another tenant', async () => {
    for (const tenantId of ['ten_gone', 'ten_stays']) await fill(database, tenantId);
    const before = await tablesWith('ten_gone');
    expect(before).toEqual(
      expect.arrayContaining([
        'jobs',
        'job_chunks',
        'idempotent_replies',
        'api_keys',
        'inspection_profile_versions',
      ]),
    );
    expect(await directory.tenants.erase('ten_gone', anEvent())).toBeUndefined();
    expect(await tablesWith('ten_gone')).toEqual(before);
    await directory.tenants.change('ten_gone', { status: 'suspended' }, anEvent());
    const erased = await directory.tenants.erase('ten_gone', anEvent());
    expect(erased).toEqual({ jobs: 1, webhookDeliveries: 0, inspectionProfiles: 1, replies: 1, keys: 1 });
    const billed = /^(usage|invoice)/;
    expect((await tablesWith('ten_gone')).filter((table) => !billed.test(table))).toEqual([]);
    expect(await tablesWith('ten_gone')).toContain('usage_rows');
    expect(await directory.tenants.find('ten_gone')).toBeUndefined();
    expect(await tablesWith('ten_stays')).toEqual(before);
  });
});

/** A row in every table that knows tenants. */
async function fill(database: Database, tenantId: string): Promise<void> {
  await addTenant(database, { id: tenantId });
  await addKey(database, { id: `key_${tenantId}`, tenantId });
  await openUsageLog(database).record([usageRow({ tenantId })]);
  await database.usageInbox?.settle();
  const now = Date.now();
  const attempt = { tenantId, key: 'order-1', bodyHash: Buffer.alloc(32), requestId: 'req_1' };
  await new PrismaIdempotencyStore(database, seal).begin({ ...attempt, now, lockedUntil: now + 1_000 });
  await publishJob(new PrismaJobStore(database, seal), { tenantId });
  await new PrismaWebhookStore(database, seal).secrets(tenantId, 'whsec_x');
  await addProfile(database, tenantId);
}
