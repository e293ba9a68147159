import { createHash, randomBytes } from 'node:crypto';
import { open, statfs, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '#kernel';

/** `f_type` of file systems that live in memory: tmpfs and ramfs, as statfs(2) lists them. */
const memoryFileSystems: readonly number[] = [0x01021994, 0x858458f6];

/** A file in memory that has no name, so that nobody else can open it and none is left behind by a crash. */
export interface MemoryFile {
  /** Reads from the beginning. */
  handle: FileHandle;
  /** SHA-256. */
  digest: Uint8Array;
}

/**
 * Video files must be seekable, as many keep their index at the end, and must not reach a disk in clear; Node has no
 * memfd, so that a file of a tmpfs loses its name the moment it has one.
 * @param folder on a tmpfs
 * @throws AppError `video.unavailable` (no tmpfs), `request.too_large`, `overloaded` (it is full), and what chunks throw
 */
export async function writeMemoryFile(
  folder: string,
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<MemoryFile> {
  await assertInMemory(folder);
  const path = join(folder, `inferway-${randomBytes(12).toString('hex')}`);
  const writer = await open(path, 'wx', 0o600);
  let reader: FileHandle | undefined;
  try {
    reader = await open(path, 'r').finally(() => unlink(path));
    const digest = await copy(chunks, writer, maxBytes);
    return { handle: reader, digest };
  } catch (error) {
    await reader?.close();
    throw isFull(error) ? new AppError('overloaded', { retryAfterS: 10 }, { cause: error }) : error;
  } finally {
    await writer.close();
  }
}

async function copy(
  chunks: AsyncIterable<Uint8Array>,
  writer: FileHandle,
  maxBytes: number,
): Promise<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      const limit = { name: 'video', value: maxBytes, unit: 'bytes' };
      throw new AppError('request.too_large', { detail: 'The video is too large', limit });
    }
    hash.update(chunk);
    await writer.appendFile(chunk);
  }
  return hash.digest();
}

async function assertInMemory(folder: string): Promise<void> {
  const type = await statfs(folder).then(
    (found) => found.type,
    () => undefined,
  );
  if (type !== undefined && memoryFileSystems.includes(type)) return;
  const detail = 'This server has no memory to put videos in';
  throw new AppError('video.unavailable', { detail }, { internal: { folder, type } });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
