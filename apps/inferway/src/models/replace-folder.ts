import { lstatSync } from 'node:fs';
import { rename } from 'node:fs/promises';

/**
 * Puts `successor` in the place of `target`, a folder or a link, be it one that leads nowhere; what was there is at
 * `before` then. It is there until the new one is, but for the moment between two renames, and again when that fails.
 */
export async function replaceFolder(target: string, successor: string, before: string): Promise<void> {
  const replaced = lstatSync(target, { throwIfNoEntry: false }) !== undefined;
  if (replaced) await rename(target, before);
  try {
    await rename(successor, target);
  } catch (error) {
    if (replaced) await rename(before, target);
    throw error;
  }
}
