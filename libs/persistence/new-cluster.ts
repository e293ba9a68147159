import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';
import { create, extract } from 'tar';
import { migrate } from './migrate.js';
import { sqlTransactions } from './pglite-sql.js';

/** A cluster with today's schema, as the build packed it (`pack-new-cluster.process.ts`). Beside sources there is none. */
export const packedCluster = new URL('./new-cluster.tar.gz', import.meta.url);

/**
 * Makes a new Postgres cluster in a folder, with the schema of the build or, beside sources, empty. initdb and the
 * migrations take 5 s of CPU in WASM, PGlite's own reading of what they made 3 and a second instance's 190 MB, this 1.2;
 * 1.5 to 2.4 when the thousand files are written asynchronously, with nothing else to do meanwhile.
 */
export async function makeCluster(folder: string, packed: URL = packedCluster): Promise<void> {
  if (!existsSync(packed)) {
    await makeEmptyCluster(folder);
    return;
  }
  await mkdir(folder);
  extract({ file: fileURLToPath(packed), cwd: folder, sync: true, strict: true });
}

/** Runs initdb: for who brings a schema that may be older than this program's. */
export async function makeEmptyCluster(folder: string): Promise<void> {
  await (await PGlite.create(folder)).close();
}

/** Runs initdb and all migrations and packs their cluster, 5 MB. */
export async function packCluster(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'inferway-new-cluster-'));
  try {
    const pglite = await PGlite.create(folder);
    await migrate({ transactSql: sqlTransactions(pglite) });
    await pglite.close();
    await create({ file: fileURLToPath(packedCluster), cwd: folder, gzip: true, portable: true }, ['.']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
