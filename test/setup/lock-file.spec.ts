import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';

const versions = z.record(z.string(), z.string()).default({});
const named = z.object({ dependencies: versions, devDependencies: versions, optionalDependencies: versions });
const lockFile = z.object({ packages: z.record(z.string(), named) });

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const { packages } = lockFile.parse(read('package-lock.json'));

describe('package-lock.json', () => {
  it('is in step with package.json, of which set-up reads the lock only', () => {
    expect(packages['']).toEqual(named.parse(read('package.json')));
  });

  it('holds every optional platform package, without which `npm ci` refuses it (npm run lock:complete)', () => {
    const missing = Object.entries(packages).flatMap(([parent, { optionalDependencies }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${parent}/node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry host, so that a mirror can serve it', () => {
    expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "https?:/);
  });
});
