import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runChild } from '../testing/postgres-child.js';
import { lockFolder } from './folder-lock.js';
import { openDatabase } from './open-database.js';

const holdFolder = new URL('./fixtures/hold-folder.ts', import.meta.url);

describe('the lock of a data folder', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('refuses a second opener, in this process or another, and names the holder', async () => {
    const holder = runChild(holdFolder, [folder]);
    try {
      expect(await holder.lines.next()).toEqual({ done: false, value: 'locked' });
      await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${holder.pid} on`);
      await expect(openDatabase({ dataDirectory: folder })).rejects.toThrow(`process ${holder.pid}`);
    } finally {
      await holder.kill();
    }
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid} on`);
    await lock.release();
  });

  it('writes nothing but the name of its holder', async () => {
    const lock = await lockFolder(folder);
    expect((await readdir(folder)).sort()).toEqual(['holder.json', 'lock.sqlite']);
    expect((await stat(join(folder, 'lock.sqlite'))).size).toBe(0);
    await lock.release();
  });

  it('is taken over at once when its holder was killed, and free again after release', async () => {
    const holder = runChild(holdFolder, [folder]);
    await holder.lines.next();
    await holder.kill();
    for (let round = 0; round < 3; round++) await (await lockFolder(folder)).release();
  });
});
