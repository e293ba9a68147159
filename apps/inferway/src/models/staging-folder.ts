import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '#process';
import { explainUnwritable } from './explain-unwritable.js';

/** What a folder is for, as its name says. */
type Purpose = 'fetch' | 'unpack';

const stagingName = /^\.(fetch|unpack)-/;
/** Longer than any pack takes, so nobody is at work in one that is older. */
const abandonedMs = 24 * 60 * 60_000;

/**
 * Lends a folder inside of `directory`, so that what is in it can be renamed into place, and removes it. Whoever is
 * killed removes nothing, and an init container may be killed again and again: the next one removes what was left.
 *
 * @throws StartupError in one line where `directory` cannot be made or written
 */
export async function withStagingFolder<T>(
  directory: string,
  purpose: Purpose,
  use: (staging: string) => Promise<T>,
): Promise<T> {
  const staging = await makeStagingFolder(directory, purpose);
  try {
    return await use(staging);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function makeStagingFolder(directory: string, purpose: Purpose): Promise<string> {
  try {
    await makeFolder(directory);
    await removeAbandoned(directory);
    return await mkdtemp(join(directory, `.${purpose}-`));
  } catch (error) {
    throw explainUnwritable(directory, error);
  }
}

/** Housekeeping: what cannot be removed, as it is another user's, or is being removed by another process, stays. */
async function removeAbandoned(directory: string): Promise<void> {
  const before = Date.now() - abandonedMs;
  for (const name of await readdir(directory)) {
    if (!stagingName.test(name)) continue;
    const folder = join(directory, name);
    const changedAt = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (changedAt < before) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
