import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '#process';
import { codeOf } from './error-code.js';
import { RangeNotSatisfiableError, type HubClient, type HubFile } from './hub.client.js';
import { BodyTooLongError, readBody } from './read-body.js';

export interface Download {
  repository: string;
  commit: string;
  file: HubFile;
  /** Where the whole file goes; what has come so far lies beside it as `.part`. */
  target: string;
  onBytes: (count: number) => void;
  /** First pause after an attempt that brought nothing; each further one is twice as long. */
  backOffMs: number;
}

/** Attempts in a row that brought nothing; one that brought something starts the count again. */
const maxIdleAttempts = 6;
/** A file of another length than the list says brings something at each attempt, and never all of it. */
const maxRestarts = 3;

/**
 * Fetches a file, however often the connection breaks, and verifies it: by SHA-256 where the hub knows it, else by
 * git's own id. A file that is there already is verified and kept; a part of it is continued.
 *
 * @throws StartupError in one line when it cannot be had, or is not what the hub says it is
 */
export async function downloadFile(client: HubClient, download: Download): Promise<void> {
  const { file, target, onBytes } = download;
  if ((await sizeOf(target)) === file.size && (await isIntact(target, file))) {
    onBytes(file.size);
    return;
  }
  const part = partOf(target);
  onBytes(Math.min(await sizeOf(part), file.size));
  await fetchAll(client, download, part);
  if (!(await isIntact(part, file))) {
    await rm(part);
    throw new StartupError(
      `${download.repository}: ${file.rfilename} does not have the hash that the hub names: it was damaged on the way; pull again`,
      69,
    );
  }
  await rename(part, target);
}

/** How much of a file has come already, in bytes. */
export async function bytesOf(target: string): Promise<number> {
  return (await sizeOf(target)) || sizeOf(partOf(target));
}

function partOf(target: string): string {
  return `${target}.part`;
}

async function fetchAll(client: HubClient, download: Download, part: string): Promise<void> {
  const { file } = download;
  let idle = 0;
  let restarts = 0;
  let reason = '';
  while (idle < maxIdleAttempts && restarts < maxRestarts) {
    const before = await sizeOf(part);
    if (before === file.size && (file.size > 0 || (await exists(part)))) return;
    try {
      if (before > file.size) throw new RangeNotSatisfiableError();
      await fetchRest(client, download, part, before);
    } catch (error) {
      if (error instanceof StartupError) throw error;
      if (['ENOSPC', 'EDQUOT'].includes(codeOf(error)))
        throw new StartupError(
          'The disk is full: free some space and pull again; what has come so far is kept',
          69,
        );
      if (error instanceof RangeNotSatisfiableError || error instanceof BodyTooLongError) {
        await startAnew(part, download);
        restarts++;
      }
      reason = codeOf(error);
    }
    idle = (await sizeOf(part)) > before ? 0 : idle + 1;
    if (idle > 0 && idle < maxIdleAttempts) await sleep(download.backOffMs * 2 ** (idle - 1));
  }
  throw new StartupError(
    `${download.repository}: ${file.rfilename} could not be fetched (${reason}): check the network, then pull again; what has come so far is kept`,
    69,
  );
}

async function fetchRest(client: HubClient, download: Download, part: string, offset: number): Promise<void> {
  const { repository, commit, file, onBytes } = download;
  await using handle = await open(part, 'a');
  const response = await client.open(repository, commit, file.rfilename, offset);
  const continues = response.status === 206 && offset > 0;
  if (!continues) {
    onBytes(-offset);
    await handle.truncate();
  }
  // Written chunk by chunk: when the connection breaks, what has come is on disk and need not come again.
  for await (const chunk of readBody(response, file.size - (continues ? offset : 0))) {
    await handle.writeFile(chunk);
    onBytes(chunk.length);
  }
}

async function startAnew(part: string, { onBytes }: Download): Promise<void> {
  onBytes(-(await sizeOf(part)));
  await rm(part, { force: true });
}

async function isIntact(path: string, { size, lfs, blobId }: HubFile): Promise<boolean> {
  if ((await sizeOf(path)) !== size) return false;
  if (lfs !== undefined && lfs !== null) return (await digest(path, createHash('sha256'))) === lfs.sha256;
  return (await digest(path, createHash('sha1').update(`blob ${size}\0`))) === blobId;
}

async function digest(path: string, hash: Hash): Promise<string> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
