import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { sealKeyBytes } from '#kernel';
import { FolderInUseError, lockFolder, type FolderLock } from '#persistence';
import { isUnwritable, makeFolder, StartupError } from '#process';

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
      await makeFolder(this.directory, 0o700);
      this.held = await lockFolder(this.directory);
    } catch (error) {
      // Of a folder that there is: where it could not be made, nothing can be asked of it.
      if (codeOf(error) === 'ENOSPC' && existsSync(this.directory)) await this.assertSpace();
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

  /**
   * 32 random bytes, made once: seals what is kept of requests.
   * @throws StartupError when the file holds something else: with another key, what was sealed could never be read
   */
  async sealKey(): Promise<Uint8Array> {
    const path = join(this.directory, 'seal.key');
    const kept = await this.readSecret(path);
    const key = kept ?? randomBytes(sealKeyBytes);
    if (key.length !== sealKeyBytes)
      throw new StartupError(
        `${path} is damaged, it has ${key.length} bytes and not ${sealKeyBytes}: put the key of this installation back, or remove the file to lose what it sealed (inputs and results of jobs, webhooks, remembered replies).`,
      );
    if (kept === undefined) await this.writeSecret(path, key);
    return key;
  }

  /** Undefined where there is none: what is there and cannot be read must not be taken for that, and replaced. */
  async readSecret(path: string): Promise<Buffer | undefined> {
    return readFile(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }

  /** Whole or not at all: a full disk or a kill must not cut short what nobody else has. */
  async writeSecret(path: string, content: string | Uint8Array): Promise<void> {
    const draft = `${path}.${randomBytes(4).toString('hex')}.new`;
    try {
      // Made here and nowhere else: what lay there under that name might be open to others, or lead elsewhere.
      await using file = await open(draft, 'wx', 0o600);
      await file.writeFile(content);
      await file.sync();
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
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

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
