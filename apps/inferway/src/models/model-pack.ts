import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { create, extract } from 'tar';
import { ModelRepositoryError, type ModelHandle, type ModelRepository } from '#inference';
import { StartupError } from '#process';
import { openModels } from './open-models.js';
import { replaceFolder } from './replace-folder.js';
import { withStagingFolder } from './staging-folder.js';

/** Whatever the umask was under which the models were built. */
const readableByAll = 0o644;

/**
 * Writes the files that manifests list into one gzipped tar, in a fixed order and without owners, permissions or times,
 * so that equal models give equal files. What else lies in a model's folder stays there, and links become what they
 * lead to. Already compressed weights shrink little; level 1 keeps it quick.
 *
 * The file is written beside `file` and renamed: a full disk costs nobody the pack of before.
 */
export async function packModels(repository: ModelRepository, directory: string, file: string): Promise<string> {
  const draft = `${file}.${process.pid}.partial`;
  try {
    await create(
      {
        ...{ file: draft, cwd: directory, follow: true, portable: true, mtime: new Date(0), gzip: { level: 1 } },
        onWriteEntry: ({ stat }) => {
          if (stat !== undefined) stat.mode = readableByAll;
        },
      },
      repository.list().flatMap(filesOf),
    );
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return resolve(file);
}

/**
 * Installs the models of a pack file: everything is unpacked beside the target and verified against its manifests
 * before any folder is replaced, so a truncated or altered pack changes nothing. Links and paths that lead outside
 * are refused by `tar` itself.
 *
 * What else lies in the target is not looked at: that one of those is broken, or is for a newer version, is for
 * `inferway models verify` and the server's start to say.
 *
 * @param origin what to call the pack: where it was fetched from, if the file will be gone when somebody reads it
 * @returns the models of the pack, where they are now
 * @throws StartupError when the file is no pack, or its models are not as their manifests say
 */
export async function unpackModels(file: string, directory: string, origin = file): Promise<ModelRepository> {
  return withStagingFolder(directory, 'unpack', async (staging) => {
    extractPack(file, staging, origin);
    const names = (await openStaged(staging, origin)).list().map(({ name }) => name);
    for (const name of names)
      await replaceFolder(join(directory, name), join(staging, name), join(staging, `.${name}`));
    return openModels(directory, { only: names });
  });
}

/** What is wrong is said of the pack: the folder that it was unpacked to is gone when somebody reads it. */
async function openStaged(staging: string, origin: string): Promise<ModelRepository> {
  try {
    return await openModels(staging);
  } catch (error) {
    if (!(error instanceof ModelRepositoryError)) throw error;
    const problems = error.problems.map((problem) => `  - ${problem}`).join('\n');
    throw new StartupError(
      `${origin} cannot be installed, and nothing was changed:\n${problems}\nGet a pack that this version's \`inferway models pack\` wrote.`,
    );
  }
}

function filesOf({ name, manifest }: ModelHandle): string[] {
  return ['manifest.json', ...Object.keys(manifest.files).sort()].map((file) => join(name, file));
}

/**
 * Synchronously: what fails half-way has then stopped writing, and its folder can be removed.
 * @throws StartupError when the file is no pack; a missing one throws as the system says
 */
function extractPack(file: string, staging: string, origin: string): void {
  try {
    extract({ file, cwd: staging, strict: true, sync: true });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`${origin} is not a pack of models, or is damaged: copy it again, or pack it again (${reason}).`);
  }
}
