import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { referenceFiles } from './reference.files.js';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const version = /"version": "(.+)"/.exec(read('package.json'))?.[1] ?? '';

describe('the committed API reference', () => {
  it.each(Object.entries(referenceFiles(version)))(
    '%s is what the contracts say (otherwise run `npm run docs`)',
    (path, generated) => {
      expect(read(path)).toBe(generated);
    },
  );
});
