import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inspectionProfileRequest, maxInspectionProfiles, maxProfileVersions } from '#contracts';
import { newId } from '#kernel';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaProfileStore } from './prisma-profile-store.js';

const definition = inspectionProfileRequest.parse({ name: 'first', task: 'detect-objects' });
const at = new Date('2026-11-25T00:00:00.000Z');

describe.each(testBackends)('PrismaProfileStore on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let store: PrismaProfileStore;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    store = new PrismaProfileStore(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const create = async (tenantId: string) => {
    const profile = { id: newId('insp'), version: 1, definition, createdAt: at, archivedAt: null };
    await store.create(tenantId, profile);
    return profile;
  };
  const rename = (tenantId: string, id: string, name: string) =>
    store.change(tenantId, id, (before) => ({ ...before, name }), at);

  it('keeps every version as it was, and gives the latest', async () => {
    const first = await create('ten_a');
    expect(await rename('ten_a', first.id, 'second')).toMatchObject({ version: 2 });
    expect(await store.find('ten_a', first.id)).toMatchObject({ version: 2, definition: { name: 'second' } });
    expect(await store.find('ten_a', first.id, 1)).toEqual(first);
    expect(await store.find('ten_a', first.id, 3)).toBeUndefined();
  });

  it('makes no version of a change that changes nothing', async () => {
    const { id } = await create('ten_a');
    expect(await rename('ten_a', id, 'first')).toMatchObject({ version: 1 });
  });

  it('loses no change of several at once', async () => {
    const { id } = await create('ten_a');
    const changes = Array.from({ length: 8 }, (_, index) => rename('ten_a', id, `name ${index}`));
    const versions = (await Promise.all(changes)).map((each) => each?.version ?? 0);
    expect(versions.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('takes no version from anybody back: the role of tenants may add rows and change none', async () => {
    const { id } = await create('ten_a');
    for (const statement of [
      `UPDATE inspection_profile_versions SET definition = '{}' WHERE profile_id = '${id}'`,
      `DELETE FROM inspection_profile_versions WHERE profile_id = '${id}'`,
    ]) {
      const attempt = database.transactSql(async (session) => {
        await session.query(`SELECT set_config('role', 'inferway_app', true)`);
        await session.query(`SELECT set_config('app.tenant_id', 'ten_a', true)`);
        await session.query(statement);
      });
      await expect(attempt).rejects.toThrow(/permission denied/);
    }
  });

  it('archives once, changes no archived profile, and still gives it', async () => {
    const { id } = await create('ten_a');
    const archived = await store.archive('ten_a', id, at);
    expect(archived).toMatchObject({ archivedAt: at });
    expect(await store.archive('ten_a', id, new Date())).toEqual(archived);
    await expect(rename('ten_a', id, 'other')).rejects.toMatchObject({ code: 'resource.conflict' });
    expect(await store.find('ten_a', id)).toEqual(archived);
  });

  it('shows a tenant its own only', async () => {
    const { id } = await create('ten_b');
    expect(await store.find('ten_c', id)).toBeUndefined();
    expect(await rename('ten_c', id, 'mine')).toBeUndefined();
    expect(await store.archive('ten_c', id, at)).toBeUndefined();
    expect(await store.list('ten_c', { limit: 10 })).toEqual([]);
    expect(await store.find('ten_b', id)).toMatchObject({ version: 1, archivedAt: null });
  });

  it('lists latest versions, newest profile first, page by page', async () => {
    const made = [await create('ten_d'), await create('ten_d'), await create('ten_d')];
    await rename('ten_d', made[0]?.id ?? '', 'changed');
    const first = await store.list('ten_d', { limit: 2 });
    const rest = await store.list('ten_d', { limit: 2, after: first.at(-1)?.id ?? '' });
    expect([...first, ...rest].map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
    expect(rest).toMatchObject([{ version: 2, definition: { name: 'changed' } }]);
  });

  it('refuses more versions than there may be', async () => {
    const { id } = await create('ten_e');
    await database.transactSql(async (session) => {
      await session.query(`SELECT set_config('role', 'inferway_app', true)`);
      await session.query(`SELECT set_config('app.tenant_id', 'ten_e', true)`);
      await session.query(
        `INSERT INTO inspection_profile_versions SELECT tenant_id, profile_id, ${maxProfileVersions}, definition, created_at
         FROM inspection_profile_versions WHERE profile_id = '${id}'`,
      );
      await session.query(
        `UPDATE inspection_profiles SET version = ${maxProfileVersions} WHERE id = '${id}'`,
      );
    });
    await expect(rename('ten_e', id, 'one more')).rejects.toMatchObject({ code: 'resource.conflict' });
  });

  it('holds the bound of profiles when many are created at once, archived ones counted', async () => {
    await database.transactSql(async (session) => {
      await session.query(`SELECT set_config('role', 'inferway_app', true)`);
      await session.query(`SELECT set_config('app.tenant_id', 'ten_f', true)`);
      await session.query(
        `INSERT INTO inspection_profiles SELECT 'ten_f', 'insp_' || n, 1, now()
         FROM generate_series(1, ${maxInspectionProfiles - 2}) AS n`,
      );
    });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => create('ten_f')));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'resource.conflict' } });
  });
});
