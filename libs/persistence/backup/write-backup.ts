import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { readMigrations } from '../migration-files.js';
import type { Database, SqlSession } from '../open-database.js';
import { BackupConflict, formatVersion, rowLine, type BackupHeader } from './backup-format.js';
import { backupTables } from './backup-tables.js';

/** Rows fetched at once. Those with payloads may have megabytes each. */
const pageRows = 500;
const payloadPageRows = 4;
const payloadTables: readonly string[] = ['job_chunks', 'idempotent_replies'];

export interface BackupReport {
  rows: number;
  schema: string;
}

/**
 * Writes every row of the database as of one moment to a new file, mode 0600. It appears under its name when it is whole
 * and on the disk; until then it has one of its own, which nothing that is there already and no other backup can have. What the database holds sealed stays sealed: the installation's key is not in it. On Postgres others
 * go on meanwhile; PGlite has one connection.
 * @throws BackupConflict when the database is at another migration than this program, or its login may not read all
 */
export async function writeBackup(database: Database, file: string): Promise<BackupReport> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  await database.usageInbox?.settle();
  try {
    const report = await database.transactSql(async (session) => {
      await session.script('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      const schema = await currentSchema(session);
      const counted = { rows: 0 };
      await pipeline(
        Readable.from(withFooter(linesOf(session, schema), counted), { objectMode: false }),
        createGzip(),
        createWriteStream(draft, { mode: 0o600, flags: 'wx' }),
      );
      return { rows: counted.rows, schema };
    });
    await toDisk(draft);
    await rename(draft, file);
    return report;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** @throws BackupConflict unless it is the last one that this program knows */
async function currentSchema(session: SqlSession): Promise<string> {
  const [last] = await session.query(
    `SELECT max("migration_name") AS "name" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL`,
  );
  const known = (await readMigrations()).at(-1)?.name;
  if (known !== undefined && last?.['name'] === known) return known;
  throw new BackupConflict(
    `The database is at migration ${String(last?.['name'])} and this program at ${String(known)}: back it up with a program of its version, or migrate it first`,
  );
}

async function* linesOf(session: SqlSession, schema: string): AsyncGenerator<string> {
  const head: BackupHeader = {
    ...{ inferway: 'backup', format: formatVersion },
    ...{ schema, createdAt: new Date().toISOString() },
  };
  yield `${JSON.stringify(head)}\n`;
  await session.script('SET LOCAL ROLE inferway_backup').catch((error: unknown) => {
    throw new BackupConflict(
      'This login may not become inferway_backup: give the URL of the owner of the tables',
      { cause: error },
    );
  });
  for (const table of backupTables) {
    await session.script(
      `DECLARE "backup" NO SCROLL CURSOR FOR SELECT to_jsonb("t")::TEXT AS "row" FROM "${table}" "t"`,
    );
    const size = payloadTables.includes(table) ? payloadPageRows : pageRows;
    for (;;) {
      const rows = await session.query(`FETCH ${size} FROM "backup"`);
      if (rows.length === 0) break;
      for (const { row } of rows) yield rowLine(table, String(row));
    }
    await session.script('CLOSE "backup"');
  }
}

async function* withFooter(lines: AsyncIterable<string>, counted: { rows: number }): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let written = 0;
  for await (const line of lines) {
    hash.update(line);
    written++;
    yield line;
  }
  counted.rows = written - 1;
  yield `${JSON.stringify({ rows: counted.rows, sha256: hash.digest('hex') })}\n`;
}

async function toDisk(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.sync();
  await handle.close();
}
