import { migrate } from '../migrate.js';
import { readMigrations } from '../migration-files.js';
import type { Database, SqlSession } from '../open-database.js';
import { BackupConflict } from './backup-format.js';
import { seededTables } from './backup-tables.js';
import { checkBackup, rowsOf } from './read-backup.js';
import type { BackupReport } from './write-backup.js';

/** Rows of one statement, and their JSON in characters: a row of payloads may have megabytes. */
const batchRows = 500;
const batchCharacters = 4_000_000;

/**
 * Fills a database that has no tables: brings it to the schema of the file, adds all rows in one transaction, then
 * migrates it to this program's schema, so that what migrations do to rows is done to these.
 * @param folder Prisma's migrations folder; the one shipped with this program by default
 * @throws BackupConflict when the file is damaged, cut off or newer, or the database is not empty; it is then untouched
 */
export async function restoreBackup(
  database: Database,
  file: string,
  folder?: string,
): Promise<BackupReport> {
  const names = (await readMigrations(folder)).map(({ name }) => name);
  const { schema } = await checkBackup(file, names);
  await database.transactSql(refuseTables);
  await migrate(database, folder, schema);
  const rows = await database.transactSql((session) => addRows(session, file));
  await migrate(database, folder);
  return { rows, schema };
}

async function refuseTables(session: SqlSession): Promise<void> {
  const [found] = await session.query(
    `SELECT min("relname"::TEXT) AS "name" FROM pg_class
     WHERE "relkind" IN ('r', 'p') AND "relnamespace" = current_schema()::regnamespace`,
  );
  if (typeof found?.['name'] !== 'string') return;
  throw new BackupConflict(
    `The database is not empty, it has the table ${found['name']}: restore into a new one`,
  );
}

async function addRows(session: SqlSession, file: string): Promise<number> {
  const confined = await confinedTables(session);
  // Forced row-level security would refuse the rows of an owner who is no superuser.
  for (const table of confined) await session.script(`ALTER TABLE "${table}" NO FORCE ROW LEVEL SECURITY`);
  for (const table of seededTables)
    if (await exists(session, table)) await session.script(`DELETE FROM "${table}"`);
  let added = 0;
  let batch: { table: string; rows: string[]; characters: number } = { table: '', rows: [], characters: 0 };
  const flush = async () => {
    if (batch.rows.length === 0) return;
    await session.query(
      `INSERT INTO "${batch.table}" SELECT * FROM jsonb_populate_recordset(NULL::"${batch.table}", $1::JSONB)`,
      [`[${batch.rows.join(',')}]`],
    );
    added += batch.rows.length;
  };
  for await (const { table, row } of rowsOf(file)) {
    const isFull = batch.rows.length >= batchRows || batch.characters >= batchCharacters;
    if (table !== batch.table || isFull) {
      await flush();
      batch = { table, rows: [], characters: 0 };
    }
    batch.rows.push(row);
    batch.characters += row.length;
  }
  await flush();
  await advanceSequences(session);
  for (const table of confined) await session.script(`ALTER TABLE "${table}" FORCE ROW LEVEL SECURITY`);
  return added;
}

async function confinedTables(session: SqlSession): Promise<string[]> {
  const tables = await session.query(
    `SELECT "relname"::TEXT AS "name" FROM pg_class
     WHERE "relforcerowsecurity" AND "relnamespace" = current_schema()::regnamespace`,
  );
  return tables.map(({ name }) => String(name));
}

async function exists(session: SqlSession, table: string): Promise<boolean> {
  const [found] = await session.query('SELECT to_regclass($1) IS NOT NULL AS "exists"', [table]);
  return found?.['exists'] === true;
}

/** The next number of a sequence is one that no restored row has. */
async function advanceSequences(session: SqlSession): Promise<void> {
  const columns = await session.query(
    `SELECT "table_name"::TEXT AS "table", "column_name"::TEXT AS "column" FROM information_schema.columns
     WHERE "table_schema" = current_schema() AND "column_default" LIKE 'nextval(%'`,
  );
  for (const { table, column } of columns) {
    await session.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(max("${String(column)}"), 0) + 1, false) FROM "${String(table)}"`,
      [`"${String(table)}"`, column],
    );
  }
}
