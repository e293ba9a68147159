import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startPostgres } from '#local-servers';
import { openDatabase, type DatabaseLocation } from '#persistence';

/** Databases of one test file on one backend. */
export interface TestDatabases {
  /** An empty database that nobody else uses. */
  fresh(): Promise<DatabaseLocation>;
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
  return {
    fresh: async () => ({ url: await server.createDatabase(`test_${++made}`) }),
    stop: () => server.stop(),
  };
}

export async function startPglite(): Promise<TestDatabases> {
  const template = await emptyPglite();
  const folders: string[] = [];
  return {
    async fresh() {
      const dataDirectory = await mkdtemp(join(tmpdir(), 'inferway-pglite-'));
      folders.push(dataDirectory);
      await cp(template, dataDirectory, { recursive: true });
      return { dataDirectory };
    },
    async stop() {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Made once a machine: a new PGlite folder costs 3 to 9 seconds of initdb in WASM, a copy a tenth of a second. */
async function emptyPglite(): Promise<string> {
  const home = join(tmpdir(), `inferway-pglite-empty-${pgliteVersion()}-${userInfo().username}`);
  if (existsSync(home)) return home;
  const made = await mkdtemp(`${home}-`);
  const database = await openDatabase({ dataDirectory: made });
  await database.close();
  // Another test process may have been faster; its folder is as good.
  await rename(made, home).catch(() => rm(made, { recursive: true, force: true }));
  return home;
}

function pgliteVersion(): string {
  const manifest = findPackageJSON('@electric-sql/pglite', import.meta.url);
  if (manifest === undefined) throw new Error('PGlite is not installed');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8'))).version;
}
