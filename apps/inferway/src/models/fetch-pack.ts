import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StartupError } from '#process';
import { withStagingFolder } from './staging-folder.js';

/** A pack on a web server, and what it must be. */
export interface RemotePack {
  url: URL;
  /** In hexadecimal digits. */
  sha256: string;
}

/**
 * Fetches a pack into a file below `directory`, hands it to `use`, and removes it. `use` never sees a file with another
 * hash. A connection that brings nothing for five minutes is given up (the default of Node's `fetch`).
 *
 * @throws StartupError in one line when it cannot be had, or is not what it must be
 */
export async function withFetchedPack<T>(
  { url, sha256 }: RemotePack,
  directory: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  return withStagingFolder(directory, 'fetch', async (staging) => {
    const file = join(staging, 'pack.tgz');
    assertHash(url.href, await fetchInto(url, file), sha256);
    return use(file);
  });
}

/** @throws StartupError in one line when a pack on this machine has another hash; as the system says when it is not there */
export async function checkPack(file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  assertHash(file, hash.digest('hex'), sha256);
}

function assertHash(what: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new StartupError(`${what} has the SHA-256 ${found}, not ${wanted}: nothing was installed`, 69);
}

/** @returns the SHA-256 of what was written */
async function fetchInto(url: URL, file: string): Promise<string> {
  const hash = createHash('sha256');
  const tap = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const response = await fetch(url);
    if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`);
    await pipeline(response.body, tap, createWriteStream(file));
  } catch (error) {
    throw new StartupError(`${url.href} could not be fetched (${reasonOf(error)})`, 69);
  }
  return hash.digest('hex');
}

/** The innermost cause says most: fetch's own words hide it, and a proxy's refusal hides behind two. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
