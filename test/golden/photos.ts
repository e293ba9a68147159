import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { testSetting } from './python-reference.js';

/** Where generate.py finds the photos, as its options. */
export function photoOptions(): string[] {
  const cache = join(homedir(), '.cache', 'inferway', 'packages');
  return ['--photos', testSetting('TEST_PHOTOS'), '--cache', cache];
}

/** One of ours, or of the packages that scripts/test.sh fetched. */
export function readPhoto(file: string): Promise<Buffer> {
  const ours = ['cat.jpg', 'plate.jpg'].includes(file);
  return readFile(join(ours ? join('test', 'assets') : testSetting('TEST_PHOTOS'), file));
}
