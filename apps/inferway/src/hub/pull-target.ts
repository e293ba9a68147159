import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StartupError } from '#process';
import { codeOf } from './error-code.js';

/** What an installed folder says of where it came from; the starter pack's say something else. */
const origin = z.object({
  revision: z.string(),
  provenance: z.object({ source: z.string().regex(/^hf:/), commit: z.string() }),
});

const lockFile = 'pull.pid';
/** Free space that is left alone, in bytes. */
const reserveBytes = 100_000_000;

/**
 * Where a model comes to lie, and the hidden folder beside it in which it is put together: hidden folders are no
 * models, so nothing half-pulled is ever listed, and the last step is a rename on one file system.
 */
export class PullTarget {
  readonly #models: string;
  readonly #name: string;
  readonly #draft: string;

  constructor(models: string, name: string, commit: string) {
    this.#models = models;
    this.#name = name;
    this.#draft = join(models, `.pull-${name}-${commit.slice(0, 12)}`);
  }

  /** A models folder that holds the unfinished model alone. */
  get draft(): string {
    return this.#draft;
  }

  /** The unfinished model. */
  get folder(): string {
    return join(this.#draft, this.#name);
  }

  /** @throws StartupError when the name belongs to a model that was not pulled from this repository */
  async checkName(source: string): Promise<void> {
    const path = join(this.#models, this.#name, 'manifest.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return;
    const known = origin.safeParse(JSON.parse(text));
    if (known.success && known.data.provenance.source === source) return;
    throw new StartupError(
      `There is another model named ${this.#name} in ${this.#models}: choose a name of its own with --name`,
    );
  }

  /** Makes the draft folder this process's own. @throws StartupError when another pull is at work there */
  async begin(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true });
    } catch (error) {
      throw new StartupError(`${this.#models} cannot be written (${codeOf(error)}): set INFERWAY_MODELS`);
    }
    const owner = await ownerOf(this.#draft);
    if (owner !== process.pid && isAlive(owner))
      throw new StartupError(`${this.#name} is being pulled already (pid ${owner}): wait for it`, 75);
    await writeFile(this.#lock, String(process.pid));
  }

  /** @throws StartupError when less than `bytes` more fit on the disk */
  async checkSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#models);
    const free = bavail * bsize;
    if (free >= bytes + reserveBytes) return;
    throw new StartupError(
      `${megabytes(bytes)} MB are missing and ${megabytes(free)} MB are free in ${this.#models}: free some space and pull again`,
      69,
    );
  }

  /**
   * Puts the finished model in place; one that was there is there until the new one is. Drafts of other commits, which
   * nobody will finish now, go.
   */
  async install(): Promise<void> {
    const place = join(this.#models, this.#name);
    const old = join(this.#draft, '.old');
    await rm(old, { recursive: true, force: true });
    if (existsSync(place)) await rename(place, old);
    await rename(this.folder, place);
    await this.discard();
    const drafts = new RegExp(`^\\.pull-${this.#name}-[0-9a-f]{12}$`);
    for (const entry of await readdir(this.#models)) {
      const draft = join(this.#models, entry);
      if (drafts.test(entry) && !isAlive(await ownerOf(draft)))
        await rm(draft, { recursive: true, force: true });
    }
  }

  /** Gives the draft up: what has come is kept for the next pull. */
  async pause(): Promise<void> {
    await rm(this.#lock, { force: true });
  }

  async discard(): Promise<void> {
    await rm(this.#draft, { recursive: true, force: true });
  }

  get #lock(): string {
    return join(this.#draft, lockFile);
  }
}

/** Process id of the pull that is at work in a draft folder; NaN when none is. */
async function ownerOf(draft: string): Promise<number> {
  return Number.parseInt(await readFile(join(draft, lockFile), 'utf8').catch(() => ''), 10);
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
