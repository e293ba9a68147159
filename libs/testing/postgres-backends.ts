import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startPostgres, type PostgresServer } from '#local-servers';
import { migrate, openDatabase, type DatabaseLocation } from '#persistence';

/** Databases of one test file on one backend. */
export interface TestDatabases {
  /** An empty database that nobody else uses. */
  fresh(): Promise<DatabaseLocation>;
  /** One with today's schema, copied: to migrate takes half a second, and most tests want no more than its result. */
  migrated(): Promise<DatabaseLocation>;
  stop(): Promise<void>;
}

export interface TestBackend {
  name: 'pglite' | 'postgres';
  start: () => Promise<TestDatabases>;
}

/** Every kind of database the product runs on; for `describe.each`, so that one table of tests covers all. */
export const testBackends: TestBackend[] = [
  { name: 'pglite', start: startPglite },
  { name: 'postgres', start: startServer },
];

async function startServer(): Promise<TestDatabases> {
  const server = await startPostgres();
  let made = 0;
  let template: Promise<void> | undefined;
  return {
    fresh: async () => ({ url: await server.createDatabase(`test_${++made}`) }),
    migrated: async () => {
      await (template ??= makeTemplate(server));
      return { url: await server.createDatabase(`test_${++made}`, templateName) };
    },
    stop: () => server.stop(),
  };
}

const templateName = 'migrated';

async function makeTemplate(server: PostgresServer): Promise<void> {
  const database = await openDatabase({ url: await server.createDatabase(templateName) });
  await migrate(database);
  await database.close();
}

export async function startPglite(): Promise<TestDatabases> {
  const folders: string[] = [];
  const copyOf = async (template: string) => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'inferway-pglite-'));
    folders.push(dataDirectory);
    await cp(template, dataDirectory, { recursive: true });
    return { dataDirectory };
  };
  const empty = await emptyPglite();
  return {
    fresh: () => copyOf(empty),
    migrated: async () => copyOf(await migratedPglite(empty)),
    async stop() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A new folder costs 3 to 9 seconds of initdb in WASM, a copy a tenth of a second. */
function emptyPglite(): Promise<string> {
  return onceAMachine(`empty-${pgliteVersion()}`, async (folder) => {
    const database = await openDatabase({ dataDirectory: folder });
    await database.close();
  });
}

async function migratedPglite(empty: string): Promise<string> {
  return onceAMachine(`migrated-${pgliteVersion()}-${await schemaVersion()}`, async (folder) => {
    await cp(empty, folder, { recursive: true });
    const database = await openDatabase({ dataDirectory: folder });
    await migrate(database);
    await database.close();
  });
}

async function onceAMachine(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const home = join(tmpdir(), `inferway-pglite-${name}-${userInfo().username}`);
  if (existsSync(home)) return home;
  const made = await mkdtemp(`${home}-`);
  await make(made);
  // Another test process may have been faster; its folder is as good.
  await rename(made, home).catch(() => rm(made, { recursive: true, force: true }));
  return home;
}

/** Another one for every change of a migration. */
async function schemaVersion(): Promise<string> {
  const folder = join('prisma', 'migrations');
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql')).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

function pgliteVersion(): string {
  const manifest = findPackageJSON('@electric-sql/pglite', import.meta.url);
  if (manifest === undefined) throw new Error('PGlite is not installed');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
