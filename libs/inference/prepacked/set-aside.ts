import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LoadedModel, RefusedCopy } from '../engine/engine.messages.js';
import { PrepackAttempt } from '../engine/prepack-attempt.js';

/** A host crashed as it opened prepacked copies. Which of them it was in cannot be told. */
export class CopyCrashError extends Error {
  override readonly name = 'CopyCrashError';

  constructor(reason: string) {
    super(
      `${reason}; it held copies with shared weights, which are set aside for a day where that can be written`,
    );
  }
}

/**
 * Removes a copy that onnxruntime refuses: it is damaged, as it was opened when it was made, and the next start makes it
 * again. It is told of seconds later, once its host is ready: a copy that another server has made in its place stays.
 *
 * @returns what the operator is to know
 */
export function discard({ path, reason, file }: RefusedCopy): string {
  const directory = dirname(path);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (file === undefined || found?.ino !== file.ino || found.mtimeMs !== file.mtimeMs)
      return `${directory} could not be opened, or was made again meanwhile: it stays, and the next start tries it (${reason})`;
    rmSync(directory, { recursive: true, force: true });
    return `${directory} is damaged and was removed; the next start makes it again (${reason})`;
  } catch (error) {
    return `${directory} is damaged and cannot be removed (${String(error)}): remove it while nothing runs (${reason})`;
  }
}

/**
 * Removes copies that a host crashed in, as if making them had ended a process: they are made again a day later. Who
 * has them mapped keeps them, and hosts that start meanwhile open the graphs themselves.
 */
export function setAside(models: readonly Pick<LoadedModel, 'prepacked'>[]): void {
  for (const copy of models.flatMap(({ prepacked = {} }) => Object.values(prepacked))) {
    try {
      PrepackAttempt.leave(dirname(copy));
      rmSync(dirname(copy), { recursive: true, force: true });
    } catch {
      // A folder that cannot be written any more: this process opens no copies now, the next one meets them again.
    }
  }
}
