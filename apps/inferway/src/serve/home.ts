import { randomBytes } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FolderInUseError, lockFolder, type FolderLock } from '#persistence';
import { StartupError } from '#process';

/** Linux, `sun_path` less its final NUL. */
const maxSocketPathBytes = 107;
/** A new database takes 40 MB; the rest is room for the first weeks. */
const minFreeMb = 100;

/** The folder that holds an installation's state: database, secrets, credentials, sockets. */
export class Home {
  private held: FolderLock | undefined;

  constructor(
    readonly directory: string,
    private readonly freeBytes: (folder: string) => Promise<number> = freeBytesOf,
  ) {}

  get database(): string {
    return join(this.directory, 'database');
  }

  get credentials(): string {
    return join(this.directory, 'credentials.json');
  }

  /**
   * As seen from the working directory where that is shorter: the kernel allows a socket 107 bytes of path.
   * @throws StartupError when both are longer
   */
  get adminSocket(): string {
    const path = join(this.directory, 'admin.sock');
    const shorter = relative(process.cwd(), path);
    const socket = shorter.length < path.length ? shorter : path;
    if (Buffer.byteLength(socket) <= maxSocketPathBytes) return socket;
    throw new StartupError(
      `The path ${path} is too long for a socket (at most ${maxSocketPathBytes} bytes): set INFERWAY_HOME to a shorter one.`,
    );
  }

  /** Creates the folder and takes it for this process. @throws StartupError when it is another server's, or not writable */
  async lock(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      this.held = await lockFolder(this.directory);
    } catch (error) {
      throw this.explain(error);
    }
  }

  async unlock(): Promise<void> {
    await this.held?.release();
    this.held = undefined;
  }

  /** @throws StartupError when the database could not grow here: a full disk would stop it half-way */
  async assertSpace(): Promise<void> {
    const freeMb = Math.floor((await this.freeBytes(this.directory)) / 1e6);
    if (freeMb >= minFreeMb) return;
    throw new StartupError(
      `${this.directory} needs ${minFreeMb} MB, where ${freeMb} MB are free: free some space, or set INFERWAY_HOME to another disk.`,
      75,
    );
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

  private explain(error: unknown): unknown {
    if (error instanceof FolderInUseError) {
      return new StartupError(
        `A server already runs on ${this.directory} (${error.holder}): stop it, or set INFERWAY_HOME to another folder.`,
        75,
      );
    }
    if (!isUnwritable(error)) return error;
    return new StartupError(
      `${this.directory} cannot hold this server's state (${error.message}): set INFERWAY_HOME to a folder that this user may write to.`,
    );
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** A path that leads nowhere, or where only others may write, or nobody; a full disk is not among them. */
function isUnwritable(error: unknown): error is Error {
  return ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
