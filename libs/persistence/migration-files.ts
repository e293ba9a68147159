import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

export interface Migration {
  /** Folder name, `<timestamp>_<what>`; migrations are applied in its order. */
  name: string;
  sql: string;
  /** SHA-256 of the file in hex, as Prisma computes it. */
  checksum: string;
}

/**
 * Whether programs from before a migration may go on beside it: it only adds, and what it adds they need not know. Its
 * author says so in the name, `<timestamp>_expand_<what>`, where an earlier program can read it too; no name is no.
 */
export const leavesRoomForEarlier = (name: string): boolean => /^\d+_expand_/.test(name);

/** Reads migrations in Prisma's layout: `<folder>/<name>/migration.sql`. */
export async function readMigrations(folder = shippedFolder()): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** `prisma/migrations` of this package, wherever the compiled code lies inside it. */
function shippedFolder(): string {
  const manifest = findPackageJSON('.', import.meta.url);
  if (manifest === undefined) throw new Error('package.json is missing beside prisma/migrations');
  return join(dirname(manifest), 'prisma', 'migrations');
}
