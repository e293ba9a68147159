import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, as `mkdir -p`; one that is there is left as it is.
 *
 * Why not Node's own `recursive`: it takes every ENOENT for a missing parent. Where the parent is there and takes no
 * children, as `/proc` or a mount that has gone, Node 24 tries for ever, with all of a core.
 *
 * @param mode of the folder itself, less the umask
 * @throws what the system says
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const parent = dirname(path);
  if (!existsSync(parent)) await makeFolder(parent);
  await mkdir(path, mode).catch((error: unknown) => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  });
}
