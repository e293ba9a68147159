import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withStagingFolder } from './staging-folder.js';

const hourMs = 60 * 60_000;
let models: string;
beforeEach(async () => {
  models = await mkdtemp(join(tmpdir(), 'inferway-staging-'));
});
afterEach(() => rm(models, { recursive: true, force: true }));

async function folderOf(name: string, ageMs: number): Promise<void> {
  const changedAt = new Date(Date.now() - ageMs);
  await mkdir(join(models, name, 'part'), { recursive: true });
  await utimes(join(models, name), changedAt, changedAt);
}

describe('a staging folder', () => {
  it('is gone afterwards, whatever became of its use', async () => {
    const broken = withStagingFolder(models, 'fetch', () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(await readdir(models)).toEqual([]);
  });

  it.each(['/proc/inferway', '/proc/version/models', '/sys/inferway'])(
    'is refused in one line that says what to do where there can be none, as in %s',
    async (directory) => {
      await expect(withStagingFolder(directory, 'unpack', () => Promise.resolve())).rejects.toMatchObject({
        exitCode: 78,
        message: expect.stringMatching(
          new RegExp(`^${directory} cannot hold models \\(E.+\\): set INFERWAY_MODELS to a folder`),
        ),
      });
    },
  );

  it('that was left by somebody killed is removed by the next one a day later, and nothing else is', async () => {
    for (const name of ['.unpack-old', '.fetch-old', '.prepacked', 'model']) await folderOf(name, 25 * hourMs);
    await folderOf('.unpack-at-work', 23 * hourMs);
    await withStagingFolder(models, 'unpack', () => Promise.resolve());
    expect((await readdir(models)).sort()).toEqual(['.prepacked', '.unpack-at-work', 'model']);
  });
});
