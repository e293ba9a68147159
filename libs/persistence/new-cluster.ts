import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { PGlite } from '@electric-sql/pglite';

/** What initdb makes, as the build packed it (`pack-new-cluster.process.ts`). Beside sources there is none. */
export const packedCluster = new URL('./new-cluster.tar.gz', import.meta.url);

/**
 * Makes an empty Postgres cluster in a folder. initdb in WASM takes 3 s of CPU, unpacking what it made 0.7 s, so every
 * first start after the build unpacks.
 */
export async function makeCluster(folder: string, packed: URL = packedCluster): Promise<void> {
  const loadDataDir = existsSync(packed) ? { loadDataDir: new Blob([await readFile(packed)]) } : {};
  await (await PGlite.create(folder, loadDataDir)).close();
}

/** Runs initdb in memory and packs its cluster, 4 MB. */
export async function packCluster(): Promise<void> {
  const pglite = await PGlite.create();
  await writeFile(packedCluster, (await pglite.dumpDataDir('gzip')).stream());
  await pglite.close();
}
