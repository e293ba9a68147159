import { chdir, cwd } from 'node:process';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Home } from './home.js';

describe('the home folder', () => {
  let folder: string;
  const before = cwd();
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-home-'));
  });
  afterEach(async () => {
    chdir(before);
    await rm(folder, { recursive: true, force: true });
  });

  it('belongs to one holder, named in one line that says what to do, and is free after it', async () => {
    const home = new Home(folder);
    await home.lock();
    await expect(new Home(folder).lock()).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringMatching(
        new RegExp(`^A server already runs on ${folder} \\(process ${process.pid} on .+\\): stop it, or set`),
      ),
    });
    await home.unlock();
    await new Home(folder).lock();
  });

  it.each([
    // The kernel's own, in which nobody may write, not even root.
    ['a folder that cannot be made', '/sys/inferway'],
    ['a folder that takes no others', '/proc/inferway'],
    ['a folder that cannot be written', '/sys'],
    ['a file', '/proc/version'],
    ['a path through a file', '/proc/version/inferway'],
  ])('asks for another folder in one line where it is %s', async (_, path) => {
    await expect(new Home(path).lock()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        new RegExp(`^${path} cannot hold this server's state \\(E.+\\): set INFERWAY_HOME to a folder`),
      ),
    });
  });

  it('makes its seal key once, for its owner alone, and says in one line when it was cut short', async () => {
    const key = await new Home(folder).sealKey();
    expect(key).toHaveLength(32);
    expect(await new Home(folder).sealKey()).toEqual(key);
    const path = join(folder, 'seal.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, key.subarray(0, 31));
    await expect(new Home(folder).sealKey()).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/seal\.key is damaged, it has 31 bytes and not 32: put the key .* back/),
    });
  });

  it('keeps a secret as it was where the new one cannot be written', async () => {
    const home = new Home(folder);
    // A name that has no room for what its draft is called.
    const secret = join(home.directory, 's'.repeat(250));
    await writeFile(secret, 'first');
    await expect(home.writeSecret(secret, 'second')).rejects.toThrow('ENAMETOOLONG');
    expect(await readFile(secret, 'utf8')).toBe('first');
  });

  it('on a full disk says how much it needs, how much there is, and what to do', async () => {
    await expect(new Home(folder, () => Promise.resolve(12_300_000)).assertSpace()).rejects.toMatchObject({
      exitCode: 75,
      message: `${folder} needs 100 MB, where 12 MB are free: free some space, or set INFERWAY_HOME to another disk.`,
    });
    await expect(new Home(folder).assertSpace()).resolves.toBeUndefined();
  });

  it('says the same where the disk is so full that nobody can take the folder, and leaves it free', async () => {
    await symlink('/dev/full', join(folder, 'holder.json'));
    await expect(new Home(folder, () => Promise.resolve(0)).lock()).rejects.toMatchObject({
      exitCode: 75,
      message: expect.stringContaining('needs 100 MB, where 0 MB are free: free some space'),
    });
    await rm(join(folder, 'holder.json'));
    await new Home(folder).lock();
  });

  it('keeps its socket within what the kernel allows, by the path from the working directory where that is short', () => {
    const deep = join(folder, 'x'.repeat(100));
    expect(() => new Home(deep).adminSocket).toThrow(/too long for a socket .* set INFERWAY_HOME/);
    chdir(folder);
    expect(new Home(join(folder, '.inferway')).adminSocket).toBe(join('.inferway', 'admin.sock'));
  });
});
