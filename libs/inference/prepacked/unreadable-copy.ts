import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { prepackedFile, weightsFile } from './prepacked-place.js';

const systemError = z.object({ code: z.string(), path: z.string() });
const absent = ['ENOENT', 'ENOTDIR'];

/**
 * Why this user may not read the copy of a graph that is there, and what to do about it; undefined where it can be read,
 * or where there is none. It cannot be made again in its place, nor is it ours to remove: its maker still maps it.
 */
export async function whyUnreadable(directory: string): Promise<string | undefined> {
  try {
    await access(dirname(directory), constants.X_OK);
    for (const file of [prepackedFile, weightsFile]) await access(join(directory, file), constants.R_OK);
    return undefined;
  } catch (error) {
    const { code, path } = systemError.parse(error);
    return absent.includes(code)
      ? undefined
      : `${path} cannot be read (${code}): let this user read it, or remove it while nothing runs`;
  }
}
