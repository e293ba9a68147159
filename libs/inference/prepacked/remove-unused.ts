import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What is younger may be that of a program being replaced, or of a process at work. */
const keptMs = 24 * 3_600_000;
/** A copy, what says who makes it, or a draft of it: `name.role.key`, `name.role.key.attempt`, `.name.role.key.xyz`. */
const entryName = /^(?<draft>\.?)(?<copy>(?<model>[^.]+)\.[^.]+\.[^.]+)/;

/**
 * Removes copies that no start will use any more, whatever processor they are for: of other revisions and runtimes, of
 * models that are gone, and what killed processes have left half-made. Who still has their weights mapped keeps them.
 *
 * @param models the folder of models
 * @param copies the folder of all copies, which holds one for each processor
 * @param used places of the copies of this start; models that it does not serve are others' to judge
 */
export async function removeUnused(models: string, copies: string, used: readonly string[]): Promise<void> {
  const current = new Set(used.map((path) => basename(path)));
  const served = new Set(used.map((path) => entryName.exec(basename(path))?.groups?.['model']));
  for (const processor of await namesIn(copies))
    for (const entry of await namesIn(join(copies, processor))) {
      const { draft, copy = '', model = '' } = entryName.exec(entry)?.groups ?? {};
      const isOthers = !served.has(model) && existsSync(join(models, model));
      const isCurrent = draft === '' && current.has(copy);
      if (copy !== '' && !isOthers && !isCurrent) await removeOld(join(copies, processor, entry));
    }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Housekeeping: what cannot be removed, or is being removed by another process, stays. */
async function removeOld(path: string): Promise<void> {
  const changedAt = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Infinity,
  );
  if (Date.now() - changedAt > keptMs)
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
}
