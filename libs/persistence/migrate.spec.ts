import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { migrate } from './migrate.js';
import { openDirectory } from './open-directory.js';
import { openDatabase, type Database, type DatabaseLocation } from './open-database.js';

const shipped = new URL('../../prisma/migrations/', import.meta.url);
const init = '20261124000000_init';
/** All that is shipped, in order. */
let all: string[];

describe.each(testBackends)('migrate on $name', ({ name, start }) => {
  let databases: TestDatabases;
  let folder: string;

  beforeAll(async () => {
    const entries = await readdir(shipped, { withFileTypes: true });
    all = entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
    databases = await start();
  }, 60_000);
  afterAll(() => databases.stop());

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-migrations-'));
    await cp(shipped, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const add = async (migration: string, sql: string) => {
    await mkdir(join(folder, migration), { recursive: true });
    await writeFile(join(folder, migration, 'migration.sql'), sql);
  };
  const rows = (database: Database) =>
    database.transactSql((session) =>
      session.query(
        'SELECT migration_name, checksum, finished_at, applied_steps_count FROM _prisma_migrations',
      ),
    );

  describe('of a new database', () => {
    let location: DatabaseLocation;
    let database: Database;
    beforeEach(async () => {
      location = await databases.fresh();
      database = await openDatabase(location);
    });
    afterEach(() => database.close());

    it('applies what is missing, once, and writes the rows that Prisma would', async () => {
      expect(await migrate(database)).toEqual(all);
      expect(await migrate(database)).toEqual([]);
      await add('20270101000000_more', 'CREATE TABLE more (id INT); INSERT INTO more VALUES (1);');
      expect(await migrate(database, folder)).toEqual(['20270101000000_more']);
      const sql = await readFile(new URL(`${init}/migration.sql`, shipped));
      const checksum = createHash('sha256').update(sql).digest('hex');
      const [first, ...others] = await rows(database);
      expect(first).toMatchObject({ migration_name: init, checksum, applied_steps_count: 1 });
      expect(first?.['finished_at']).toBeInstanceOf(Date);
      expect(others.at(-1)).toMatchObject({ migration_name: '20270101000000_more' });
      expect(others).toHaveLength(all.length);
    });

    it("takes what nobody chose for a tenant as its plan's, and keeps what somebody chose", async () => {
      const plans = all.indexOf('20261125080000_plans');
      for (const later of all.slice(plans)) await rm(join(folder, later), { recursive: true });
      await migrate(database, folder);
      await database.transactSql((session) =>
        session.script(
          `INSERT INTO tenants VALUES ('ten_plain', 'a', 1, now(), 7), ('ten_chosen', 'b', 3, now(), 30)`,
        ),
      );
      await migrate(database);
      const tenants = await database.transactSql((session) =>
        session.query('SELECT id, plan_id, weight, retention_days FROM tenants ORDER BY id DESC'),
      );
      expect(tenants).toEqual([
        { id: 'ten_plain', plan_id: 'standard', weight: null, retention_days: null },
        { id: 'ten_chosen', plan_id: 'standard', weight: 3, retention_days: 30 },
      ]);
    });

    it('brings the first schema with rows in it to today, and keeps every row', async () => {
      expect(await migrate(database, undefined, init)).toEqual([init]);
      await database.transactSql((session) =>
        session.script(`
        INSERT INTO tenants VALUES ('ten_old', 'old', 1, now());
        INSERT INTO api_keys VALUES ('key_old', 'ten_old', 'k', 'tenant', sha256('key'::BYTEA), now(), NULL);
        INSERT INTO usage_rows SELECT 'ten_old', 'req_' || n, 0, 'key_old', 'translate', 'm@1', 'characters', n, 'ok',
          1, 0, 0, 0, now() FROM generate_series(1, 1000) n;
        INSERT INTO idempotent_replies ("tenant_id", "key", "body_hash", "request_id", "locked_until", "expires_at")
          VALUES ('ten_old', 'k', sha256('body'::BYTEA), 'req_1', now(), now() + interval '1 day')`),
      );
      expect(await migrate(database)).toEqual(all.slice(1));
      const sums = await database.transactSql((session) =>
        session.query(`
        SELECT (SELECT count(*)::INT FROM tenants) AS tenants, (SELECT count(*)::INT FROM api_keys) AS keys,
          (SELECT sum(amount)::INT FROM usage_rows) AS used, (SELECT sum(amount)::INT FROM usage_deltas) AS entered,
          (SELECT count(*)::INT FROM idempotent_replies) AS replies`),
      );
      expect(sums).toEqual([{ tenants: 1, keys: 1, used: 500_500, entered: 500_500, replies: 1 }]);
      const key = await openDirectory(database).keys.findKey('key_old');
      expect(key).toMatchObject({ tenantId: 'ten_old', scopes: ['*'], plan: { id: 'standard' } });
    });

    it('applies each migration once when several programs start together', async () => {
      const others =
        name === 'postgres' ? [await openDatabase(location), await openDatabase(location)] : [database];
      const applied = await Promise.all([database, ...others].map((each) => migrate(each)));
      expect(applied.flat().sort()).toEqual(all);
      if (name === 'postgres') for (const other of others) await other.close();
    });
  });

  describe('of one that is up to date', () => {
    let database: Database;
    let asMigrated: TableSnapshot;
    beforeAll(async () => {
      database = await openDatabase(await databases.migrated());
      asMigrated = await TableSnapshot.take(database);
    });
    afterEach(() => asMigrated.restore());
    afterAll(() => database.close());

    it('makes every table and column that the generated client reads', async () => {
      const { tenant, apiKey, usageRow, idempotentReply } = database.prisma;
      const { job, jobChunk, jobShare, webhookSecret, webhookDelivery } = database.prisma;
      expect(await tenant.findFirst()).toBeNull();
      expect(await apiKey.findFirst()).toBeNull();
      expect(await usageRow.findFirst()).toBeNull();
      expect(await idempotentReply.findFirst()).toBeNull();
      expect(await job.findFirst()).toBeNull();
      expect(await jobChunk.findFirst()).toBeNull();
      expect(await jobShare.findFirst()).toBeNull();
      expect(await webhookSecret.findFirst()).toBeNull();
      expect(await webhookDelivery.findFirst()).toBeNull();
      const { invoice, price, usageDelta, usageDay, usageRollup, usageLedger, usageMonth } = database.prisma;
      expect(await invoice.findFirst()).toBeNull();
      expect(await price.findFirst()).toBeNull();
      expect(await usageDelta.findFirst()).toBeNull();
      expect(await usageDay.findFirst()).toBeNull();
      expect(await usageRollup.findFirst()).toBeNull();
      expect(await usageLedger.findFirst()).toBeNull();
      expect(await usageMonth.findFirst()).toBeNull();
    });

    it('refuses a migration that was changed after it was applied, and names it', async () => {
      await add(init, `${await readFile(join(folder, init, 'migration.sql'), 'utf8')}\n-- changed`);
      await add('20270101000000_more', 'CREATE TABLE more (id INT)');
      await expect(migrate(database, folder)).rejects.toThrow(`Migration ${init} was changed`);
      expect(await rows(database)).toHaveLength(all.length);
    });

    it('refuses a database where a migration of Prisma failed half-way', async () => {
      await database.transactSql((session) =>
        session.script(
          `UPDATE _prisma_migrations SET finished_at = NULL, applied_steps_count = 0 WHERE migration_name = '${init}'`,
        ),
      );
      await expect(migrate(database)).rejects.toThrow(`Migration ${init} failed half-way`);
    });

    it('leaves nothing of a migration that fails', async () => {
      await add('20270101000000_bad', 'CREATE TABLE half (id INT); SELECT 1/0;');
      await expect(migrate(database, folder)).rejects.toThrow('division by zero');
      expect(await rows(database)).toHaveLength(all.length);
      const [half] = await database.transactSql((session) =>
        session.query(`SELECT to_regclass('half') AS half`),
      );
      expect(half).toEqual({ half: null });
    });
  });

  describe('of one that another program has changed', () => {
    let database: Database;
    beforeEach(async () => {
      database = await openDatabase(await databases.migrated());
    });
    afterEach(() => database.close());

    it('refuses a database that is ahead of the program, and names the unknown migration', async () => {
      await add('20270101000000_more', 'CREATE TABLE more (id INT)');
      await migrate(database, folder);
      await expect(migrate(database)).rejects.toThrow('it has migration 20270101000000_more');
    });

    it('goes on in a database that a newer program has only added to, and adds what it lacks itself', async () => {
      await add('20270101000000_expand_more', 'CREATE TABLE more (id INT)');
      await migrate(database, folder);
      expect(await migrate(database)).toEqual([]);
      const other = await mkdtemp(join(tmpdir(), 'inferway-migrations-'));
      await cp(shipped, other, { recursive: true });
      await mkdir(join(other, '20270102000000_other'));
      await writeFile(join(other, '20270102000000_other', 'migration.sql'), 'CREATE TABLE other (id INT)');
      expect(await migrate(database, other)).toEqual(['20270102000000_other']);
      await rm(other, { recursive: true });
    });
  });
});
