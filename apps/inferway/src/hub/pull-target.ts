import { readdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FolderInUseError, lockFolder, type FolderLock } from '#persistence';
import { makeFolder, StartupError } from '#process';
import { explainUnwritable } from '../models/explain-unwritable.js';
import { replaceFolder } from '../models/replace-folder.js';
import { parseJson } from './parse-json.js';

/** What an installed folder says of where it came from; the starter pack's say something else. */
const origin = z.object({
  revision: z.string(),
  provenance: z.object({ source: z.string().regex(/^hf:/), commit: z.string() }),
});

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
  #held: FolderLock | undefined;

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
    const known = origin.safeParse(parseJson(text));
    if (known.success && known.data.provenance.source === source) return;
    throw new StartupError(
      `There is another model named ${this.#name} in ${this.#models}: choose a name of its own with --name`,
    );
  }

  /**
   * Makes the draft folder this process's own.
   * @throws StartupError when another pull is at work there, or where the models folder cannot be written
   */
  async begin(): Promise<void> {
    try {
      await makeFolder(this.folder);
      this.#held = await lockFolder(this.#draft);
    } catch (error) {
      if (error instanceof FolderInUseError)
        throw new StartupError(`${this.#name} is being pulled already (${error.holder}): wait for it`, 75);
      throw explainUnwritable(this.#models, error);
    }
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
    const before = join(this.#draft, '.before');
    await rm(before, { recursive: true, force: true });
    await replaceFolder(join(this.#models, this.#name), this.folder, before);
    await this.discard();
    const drafts = new RegExp(`^\\.pull-${this.#name}-[0-9a-f]{12}$`);
    for (const entry of await readdir(this.#models)) {
      if (drafts.test(entry)) await removeUnlessHeld(join(this.#models, entry));
    }
  }

  /** Gives the draft up: what has come is kept for the next pull. */
  async pause(): Promise<void> {
    await this.#held?.release();
  }

  async discard(): Promise<void> {
    await rm(this.#draft, { recursive: true, force: true });
    await this.#held?.release();
  }
}

/** Another pull may be at work in it. */
async function removeUnlessHeld(draft: string): Promise<void> {
  const lock = await lockFolder(draft).catch(() => undefined);
  if (lock === undefined) return;
  await rm(draft, { recursive: true, force: true });
  await lock.release();
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
