import { cp, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BrowseAudit, IssueInvoices, VerifyBooks, rollUpAll } from '#core';
import { createSeal, systemClock } from '#kernel';
import { testBackends, type TestDatabases } from '../../testing/postgres-backends.js';
import { outcomeOf, publishJob } from '../fixtures/job.js';
import { addProfile } from '../fixtures/profile.js';
import { addKey, addTenant } from '../fixtures/tenant.js';
import { usageRow } from '../fixtures/usage-row.js';
import { openUsageLog } from '../open-usage-log.js';
import { migrate } from '../migrate.js';
import { readMigrations } from '../migration-files.js';
import { openDatabase, type Database } from '../open-database.js';
import { openDirectory } from '../open-directory.js';
import { PrismaIdempotencyStore } from '../prisma-idempotency-store.js';
import { PrismaInvoiceStore } from '../prisma-invoice-store.js';
import { PrismaJobStore } from '../prisma-job-store.js';
import { PrismaJobWorkStore } from '../prisma-job-work-store.js';
import { PrismaPriceStore } from '../prisma-price-store.js';
import { PrismaUsageBooks } from '../prisma-usage-books.js';
import { PrismaWebhookStore } from '../prisma-webhook-store.js';
import { backupTables } from './backup-tables.js';
import { checkBackup } from './read-backup.js';
import { restoreBackup } from './restore-backup.js';
import { writeBackup } from './write-backup.js';

const seal = createSeal(Buffer.alloc(32, 7));
const shipped = new URL('../../../prisma/migrations/', import.meta.url);
const tenantId = 'ten_kept';
const usageRows = 1_203;

/** Something in every table: what a year of use leaves. */
async function fill(database: Database): Promise<void> {
  await addTenant(database, { id: tenantId, weight: 2 });
  await addKey(database, { id: 'key_kept', tenantId, hash: Buffer.alloc(32, 9) });
  const log = openUsageLog(database);
  const row = (n: number) => usageRow({ tenantId, requestId: `req_${n}`, amount: n, computeMs: n / 7 });
  const long = new Date('2026-03-01T10:00:00Z');
  await log.record(Array.from({ length: usageRows }, (_, n) => ({ ...row(n), at: long })));
  const books = new PrismaUsageBooks(database);
  await rollUpAll(books, 50);
  const invoices = new PrismaInvoiceStore(database);
  await new IssueInvoices(invoices, new PrismaPriceStore(database), systemClock, 'EUR', 0).closeMonths();
  await database.transactSql((session) =>
    session.script(`UPDATE usage_months SET over_since = over_since - INTERVAL '1 hour'`),
  );
  await books.drop(1, 3);
  // Not rolled up yet.
  await log.record([row(usageRows)]);
  const replies = new PrismaIdempotencyStore(database, seal);
  const now = Date.now();
  const request = {
    tenantId,
    key: 'k',
    bodyHash: Buffer.alloc(32),
    requestId: 'r',
    now,
    lockedUntil: now + 1,
  };
  await replies.begin(request);
  await replies.complete(tenantId, 'k', { text: 'Olá "mundo"\n' }, now);
  const jobs = new PrismaJobStore(database, seal);
  await publishJob(jobs, { tenantId, total: 2, webhook: 'https://receiver.example/hook' });
  const work = new PrismaJobWorkStore(database, seal);
  for (const chunk of await work.claim('w', 1_000, 1)) await work.settle('w', chunk, outcomeOf(chunk));
  await publishJob(jobs, { tenantId, total: 20 });
  await new PrismaWebhookStore(database, seal).secrets(tenantId, 'whsec_secret 1');
  // A tenant's to choose, and kept in clear: other programs end a line at these.
  await addProfile(database, tenantId, 'a\u2028b\u2029c\u0085d\r\ne');
}

function verifierOf(database: Database): VerifyBooks {
  const invoices = new PrismaInvoiceStore(database);
  const issue = new IssueInvoices(invoices, new PrismaPriceStore(database), systemClock, 'EUR');
  return new VerifyBooks(new PrismaUsageBooks(database), invoices, issue);
}

/** Every row of every table as text, in an order of its own. */
function contents(database: Database): Promise<Record<string, string[]>> {
  return database.transactSql(async (session) => {
    const all: Record<string, string[]> = {};
    for (const table of backupTables) {
      const rows = await session.query(`SELECT t::TEXT AS row FROM "${table}" t ORDER BY 1`);
      all[table] = rows.map(({ row }) => String(row));
    }
    return all;
  });
}

const backends = new Map<string, TestDatabases>();
beforeAll(async () => {
  for (const { name, start } of testBackends) backends.set(name, await start());
}, 90_000);
afterAll(async () => {
  for (const databases of backends.values()) await databases.stop();
});

function databasesOf(name: string): TestDatabases {
  const databases = backends.get(name);
  if (databases === undefined) throw new Error(`there is no ${name}`);
  return databases;
}

describe.each(testBackends)('a backup of $name', ({ name }) => {
  let databases: TestDatabases;
  let folder: string;
  let file: string;
  let source: Database;
  let before: Record<string, string[]>;

  beforeAll(async () => {
    databases = databasesOf(name);
    folder = await mkdtemp(join(tmpdir(), 'inferway-backup-'));
    file = join(folder, 'whole.backup');
    source = await openDatabase(await databases.migrated());
    await fill(source);
    await writeBackup(source, file);
    before = await contents(source);
  }, 90_000);
  afterAll(async () => {
    await source.close();
    await rm(folder, { recursive: true, force: true });
  });

  const tablesOf = (database: Database) =>
    database.transactSql((session) =>
      session.query(`SELECT relname::TEXT AS name FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1`),
    );
  const withEmpty = async (work: (empty: Database) => Promise<void>) => {
    const empty = await openDatabase(await databases.fresh());
    try {
      await work(empty);
    } finally {
      await empty.close();
    }
  };

  it('holds every table that there is', async () => {
    const names = (await tablesOf(source)).map((row) => row['name']);
    expect(names).toEqual([...backupTables, '_prisma_migrations'].sort());
    for (const table of backupTables)
      if (table !== 'prices') expect([table, before[table]?.length]).not.toEqual([table, 0]);
  });

  it('is for its owner’s eyes only, and names nothing that was sealed', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = gunzipSync(await readFile(file)).toString();
    expect(text).toContain(tenantId);
    expect(text).not.toMatch(/Olá|mundo|secret \d|receiver\.example/);
  });

  it('is whole under its name when two are made under one, and is written over nothing that was there', async () => {
    const twice = join(folder, 'twice.backup');
    const other = join(folder, 'other');
    await writeFile(other, 'theirs');
    await symlink(other, `${twice}.part`);
    await Promise.all([writeBackup(source, twice), writeBackup(source, twice)]);
    expect(await readFile(other, 'utf8')).toBe('theirs');
    const migrations = (await readMigrations()).map(({ name: each }) => each);
    await expect(checkBackup(twice, migrations)).resolves.toMatchObject({ schema: migrations.at(-1) });
    expect((await readdir(folder)).filter((each) => each.endsWith('.part'))).toEqual(['twice.backup.part']);
  });

  it.each(testBackends)(
    'is every row again on $name: keys, usage, replies, jobs, a whole audit log and books that agree',
    async ({ name: target }) => {
      const restored = await openDatabase(await databasesOf(target).fresh());
      expect((await restoreBackup(restored, file)).rows).toBe(Object.values(before).flat().length);
      expect(await contents(restored)).toEqual(before);

      const directory = openDirectory(restored);
      expect(await directory.keys.findKey('key_kept')).toMatchObject({ tenantId, tenant: { weight: 2 } });
      expect(await new BrowseAudit(directory.audit).verify()).toMatchObject({ rows: 2 });
      const verify = verifierOf(restored);
      expect(await verify.day(new Date('2026-03-01'))).toEqual([]);
      expect(await verify.invoicesOf('2026-03')).toEqual([]);

      // It goes on from there: the next row finds a number, the next action follows the chain, the seal opens.
      await openUsageLog(restored).record([usageRow({ tenantId, requestId: 'after' })]);
      await addTenant(restored, { id: 'ten_after' });
      expect(await new BrowseAudit(directory.audit).verify()).toMatchObject({ rows: 3 });
      const now = Date.now();
      const again = {
        tenantId,
        key: 'k',
        bodyHash: Buffer.alloc(32),
        requestId: 'x',
        now,
        lockedUntil: now + 1,
      };
      const reply = await new PrismaIdempotencyStore(restored, seal).begin(again);
      expect(reply).toMatchObject({ state: 'replay', reply: { text: 'Olá "mundo"\n' } });
      await restored.close();
    },
    60_000,
  );

  describe('is refused in one line, and nothing is touched,', () => {
    let copy: string;
    let empty: Database;
    beforeAll(async () => {
      empty = await openDatabase(await databases.fresh());
    });
    afterAll(() => empty.close());
    beforeEach(async () => {
      copy = join(folder, 'copy.backup');
      await cp(file, copy);
    });
    const refused = async (message: RegExp) => {
      await expect(restoreBackup(empty, copy)).rejects.toThrow(message);
      expect(await tablesOf(empty)).toEqual([]);
    };
    const change = async (edit: (text: string) => string) =>
      writeFile(copy, gzipSync(edit(gunzipSync(await readFile(file)).toString())));

    it('when it is cut off', async () => {
      await truncate(copy, (await stat(copy)).size - 100);
      await refused(/is damaged: its end is missing/);
    });
    it('when whole lines are missing at its end', async () => {
      await change((text) => text.split('\n').slice(0, -3).join('\n'));
      await refused(/is damaged: its end is missing/);
    });
    it('when a digit was changed', async () => {
      await change((text) => text.replace('"amount": 7,', '"amount": 8,'));
      await refused(/is damaged: its SHA-256/);
    });
    it('when a row is missing', async () => {
      await change((text) => text.replace(/\["usage_rows",.*\n/, ''));
      await refused(/is damaged: its SHA-256/);
    });
    it('when a byte of the file was changed', async () => {
      const bytes = await readFile(copy);
      const middle = bytes.length >> 1;
      bytes.fill(0, middle, middle + 8);
      await writeFile(copy, bytes);
      await refused(/is damaged: /);
    });
    it('when it is something else', async () => {
      await writeFile(copy, gzipSync('{"some":"json"}\n'));
      await refused(/is not a backup of inferway/);
      await writeFile(copy, 'text');
      await refused(/is damaged: it cannot be unpacked/);
    });
    it('when it is of a newer version', async () => {
      await change((text) => text.replace(/"schema":"[^"]+"/, '"schema":"29990101000000_newer"'));
      await refused(/is of a newer version: it has migration 29990101000000_newer/);
    });
  });

  it('is not restored into a database that has tables', async () => {
    const now = await contents(source);
    await expect(restoreBackup(source, file)).rejects.toThrow(
      /The database is not empty, it has the table _prisma_migrations/,
    );
    expect(await contents(source)).toEqual(now);
  });

  if (name === 'postgres')
    it('of books that are written and rolled up meanwhile is of one moment: restored, they agree', async () => {
      const busy = await openDatabase(await databases.migrated());
      const log = openUsageLog(busy);
      const day = new Date('2026-03-01T00:00:00Z');
      let written = 0;
      const write = async () => {
        const rows = Array.from({ length: 20 }, (_, n) =>
          usageRow({ tenantId: `ten_${n % 3}`, requestId: `req_${written + n}`, at: day }),
        );
        written += rows.length;
        await log.record(rows);
        await rollUpAll(new PrismaUsageBooks(busy));
      };
      while (written < 2_000) await write();
      const target = join(folder, 'busy.backup');
      let isWritten = false;
      const backup = writeBackup(busy, target).finally(() => (isWritten = true));
      while (!isWritten) await write();
      await backup;
      await busy.close();
      await withEmpty(async (restored) => {
        await restoreBackup(restored, target);
        const [row] = await restored.transactSql((session) =>
          session.query('SELECT count(*)::int AS rows FROM usage_rows'),
        );
        expect(row?.['rows']).toBeGreaterThanOrEqual(2_000);
        expect(row?.['rows']).toBeLessThan(written);
        expect(await verifierOf(restored).day(day)).toEqual([]);
      });
    }, 30_000);

  it('is not made of a database that is at an earlier migration', async () => {
    await withEmpty(async (older) => {
      await migrate(older, undefined, '20261125120000_invoices');
      const target = join(folder, 'older.backup');
      await expect(writeBackup(older, target)).rejects.toThrow(
        /is at migration 20261125120000_invoices and this program at/,
      );
      expect((await readdir(folder)).filter((each) => each.startsWith('older'))).toEqual([]);
    });
  });

  it('of an earlier version is restored into its schema, and then migrated', async () => {
    const later = join(folder, 'migrations');
    await cp(shipped, later, { recursive: true });
    const migration = join(later, '29990101000000_double');
    await cp(join(later, '20261125130000_usage_days'), migration, { recursive: true });
    await writeFile(
      join(migration, 'migration.sql'),
      'ALTER TABLE tenants ADD COLUMN doubled TEXT; UPDATE tenants SET doubled = id || id;',
    );
    await withEmpty(async (empty) => {
      await restoreBackup(empty, file, later);
      const [row] = await empty.transactSql((session) => session.query('SELECT doubled FROM tenants'));
      expect(row).toEqual({ doubled: `${tenantId}${tenantId}` });
    });
  });
});
