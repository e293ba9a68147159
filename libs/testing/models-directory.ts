import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The built model pack: `INFERWAY_MODELS`, or where the pack builds to by default. Tests that need a model fail
 * without it; a skipped test protects nothing.
 *
 * @param needed names of model folders that must be there.
 */
export function modelsDirectory(...needed: string[]): string {
  const directory = process.env['INFERWAY_MODELS'] ?? join(homedir(), '.cache', 'inferway', 'models');
  const missing = needed.filter((name) => !existsSync(join(directory, name, 'manifest.json')));
  if (missing.length === 0 && existsSync(directory)) return directory;
  throw new Error(
    `no model pack in ${directory} (missing: ${missing.join(', ') || 'everything'}); build it or set INFERWAY_MODELS`,
  );
}
