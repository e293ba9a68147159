import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replaceFolder } from './replace-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inferway-replace-'));
  await mkdir(join(folder, 'model', 'of-before'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a folder', () => {
  it('is where it was when its successor cannot take its place', async () => {
    const replacing = replaceFolder(join(folder, 'model'), join(folder, 'missing'), join(folder, 'before'));
    await expect(replacing).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(join(folder, 'model'))).toEqual(['of-before']);
  });
});
