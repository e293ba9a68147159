import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { textLines } from '#kernel';
import {
  BackupConflict,
  footer,
  formatVersion,
  header,
  readRowLine,
  type BackupHeader,
} from './backup-format.js';

const failure = z.object({ code: z.string().catch('') }).catch({ code: '' });

export interface BackupRow {
  table: string;
  /** JSON of the row, as the database wrote it. */
  row: string;
}

/**
 * Reads the whole file and holds it against its footer, so that nothing is restored of a file that has a fault.
 * @param migrations names of those that this program has
 * @throws BackupConflict naming what is wrong with it
 */
export async function checkBackup(file: string, migrations: readonly string[]): Promise<BackupHeader> {
  let head: BackupHeader | undefined;
  let end: z.infer<typeof footer> | undefined;
  let rows = -1;
  const hash = createHash('sha256');
  for await (const line of linesOf(file)) {
    if (end !== undefined) throw damaged(file, 'something follows its end');
    if (head === undefined) head = readHeader(file, line, migrations);
    else if (line.startsWith('{')) end = footer.safeParse(parseJson(line)).data;
    else if (readRowLine(line) === undefined) throw damaged(file, 'a line is not one of a backup');
    if (end === undefined) {
      hash.update(`${line}\n`);
      rows++;
    }
  }
  if (head === undefined || end === undefined) throw damaged(file, 'its end is missing');
  if (end.rows !== rows || end.sha256 !== hash.digest('hex'))
    throw damaged(file, 'its SHA-256 is not that of its content');
  return head;
}

/** The rows of a file that was checked. */
export async function* rowsOf(file: string): AsyncGenerator<BackupRow> {
  for await (const line of linesOf(file)) {
    const row = readRowLine(line);
    if (row !== undefined) yield row;
  }
}

function readHeader(file: string, line: string, migrations: readonly string[]): BackupHeader {
  const read = header.safeParse(parseJson(line));
  if (!read.success) throw new BackupConflict(`${file} is not a backup of inferway`);
  const { format, schema } = read.data;
  if (format > formatVersion || !migrations.includes(schema))
    throw new BackupConflict(
      `${file} is of a newer version: it has migration ${schema}, which is not known here; restore it with that version`,
    );
  return read.data;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  // Errors of the first reach the reader of the second through the pipeline.
  const unpacked = pipeline(createReadStream(file), createGunzip().setEncoding('utf8'), () => undefined);
  try {
    yield* textLines(unpacked);
  } catch (error) {
    const { code } = failure.parse(error);
    if (code === 'Z_BUF_ERROR') throw damaged(file, 'its end is missing', error);
    if (code.startsWith('Z_')) throw damaged(file, 'it cannot be unpacked', error);
    throw error;
  } finally {
    unpacked.destroy();
  }
}

function damaged(file: string, how: string, cause?: unknown): BackupConflict {
  return new BackupConflict(`${file} is damaged: ${how}`, { cause });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
