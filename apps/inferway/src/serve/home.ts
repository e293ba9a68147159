import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '#process';

/** The folder that holds an installation's state: database, secrets, credentials, sockets. */
export class Home {
  constructor(readonly directory: string) {}

  get database(): string {
    return join(this.directory, 'database');
  }

  get credentials(): string {
    return join(this.directory, 'credentials.json');
  }

  get adminSocket(): string {
    return join(this.directory, 'admin.sock');
  }

  /** Creates the folder and marks it as this process's. @throws StartupError when another server has it */
  async lock(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const owner = await this.owner();
    if (owner !== undefined && owner !== process.pid) {
      throw new StartupError(
        `A server already runs on ${this.directory} (pid ${owner}): stop it, or set INFERWAY_HOME to another folder.`,
        75,
      );
    }
    await writeFile(this.lockFile, String(process.pid), { mode: 0o600 });
  }

  async unlock(): Promise<void> {
    if ((await this.owner()) === process.pid) await rm(this.lockFile, { force: true });
  }

  /** 32 random bytes, made once: seals replies that are kept for idempotency. */
  async sealKey(): Promise<Uint8Array> {
    const path = join(this.directory, 'seal.key');
    try {
      return await readFile(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
      const key = randomBytes(32);
      await writeFile(path, key, { mode: 0o600, flag: 'wx' });
      return key;
    }
  }

  private get lockFile(): string {
    return join(this.directory, 'server.pid');
  }

  /** Pid of the live process that holds the folder. */
  private async owner(): Promise<number | undefined> {
    const text = await readFile(this.lockFile, 'utf8').catch(() => '');
    const pid = Number.parseInt(text, 10);
    return Number.isInteger(pid) && isAlive(pid) ? pid : undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
