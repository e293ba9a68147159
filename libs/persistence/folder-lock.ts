import { constants, existsSync } from 'node:fs';
import { access, open, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface FolderLock {
  release(): Promise<void>;
}

/** Another process has the folder. */
export class FolderInUseError extends Error {
  constructor(
    folder: string,
    /** That process, in words. */
    readonly holder: string,
    cause: unknown,
  ) {
    super(`${folder} is in use by ${holder}; one process may open it`, { cause });
    this.name = 'FolderInUseError';
  }
}

/**
 * Takes a folder for this process. Node has no file locks of its own, but its built-in SQLite has: the kernel drops
 * them when the holder dies, however it dies. A file with a pid was rejected: pids are reused, and start again from 1
 * in every container.
 *
 * @throws FolderInUseError, and what the operating system says of a folder that cannot be written
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const holderFile = join(folder, 'holder.json');
  // SQLite would say no more than that it cannot open a file, or that it is read-only. Its own file is not opened to try
  // it: closing that gives up its locks.
  await (await open(holderFile, 'a')).close();
  const lockFile = join(folder, 'lock.sqlite');
  if (existsSync(lockFile)) await access(lockFile, constants.W_OK);
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    // With its journal on disk SQLite would write, and say of a full disk only what it says of a broken file.
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new FolderInUseError(folder, await describeHolder(holderFile), error) : error;
  }
  try {
    await writeFile(holderFile, JSON.stringify({ pid: process.pid, host: hostname(), since: new Date() }));
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    async release() {
      await rm(holderFile, { force: true });
      lock.close();
    },
  };
}

/** SQLITE_BUSY */
function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === 5;
}

/** The holder writes its name just after it took the lock, so it may not stand there yet. */
async function describeHolder(holderFile: string): Promise<string> {
  const text = await readFile(holderFile, 'utf8').catch(() => '');
  const match = /"pid":(\d+),"host":"([^"]*)"/.exec(text);
  return match === null ? 'another process' : `process ${match[1] ?? ''} on ${match[2] ?? ''}`;
}
