import { randomUUID } from 'node:crypto';
import { leavesRoomForEarlier, readMigrations, type Migration } from './migration-files.js';
import type { Database, SqlSession } from './open-database.js';

/** What `prisma migrate` locks, so that the two exclude each other. */
const prismaAdvisoryLock = 72_707_369;
/** Longest wait for another process that is migrating. */
const lockTimeoutMs = 60_000;

/** As Prisma makes it. */
const createTable = `
  CREATE TABLE "_prisma_migrations" (
    "id" VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "migration_name" VARCHAR(255) NOT NULL,
    "logs" TEXT,
    "rolled_back_at" TIMESTAMPTZ,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count" INTEGER NOT NULL DEFAULT 0
  )`;

/** A database that this program must not touch, and what to do about it, in one line for its operator. */
export class MigrationConflict extends Error {
  override readonly name = 'MigrationConflict';
  /** As every error that an operator can mend: programs print them without a stack. */
  readonly problems: readonly string[];

  constructor(problem: string) {
    super(problem);
    this.problems = [problem];
  }
}

/**
 * Brings the database to this program's schema and resolves with the names of the migrations it applied. Each is one
 * transaction under Prisma's advisory lock, so several processes may start at once. The rows written are Prisma's own:
 * `prisma migrate deploy` goes on from here, and the other way round. With nothing to apply it only reads, so a
 * runtime user without rights to change tables may call it.
 *
 * @param folder Prisma's migrations folder; the one shipped with this program by default
 * @param last where to stop; the newest by default
 * @throws MigrationConflict naming the migration whose file changed after it was applied, which failed half-way under Prisma's
 *   tools, or which this program does not know and which leaves no room for it (the database is ahead)
 */
export async function migrate(
  database: Pick<Database, 'transactSql'>,
  folder?: string,
  last?: string,
): Promise<string[]> {
  const all = await readMigrations(folder);
  const migrations = last === undefined ? all : all.filter(({ name }) => name <= last);
  const applied: string[] = [];
  for (let turn = 0; turn <= migrations.length; turn++) {
    const next = await database.transactSql((session) => applyNext(session, migrations));
    if (next === undefined) break;
    applied.push(next);
  }
  return applied;
}

/** Applies the first migration that the database lacks; all checks come first, so a refused database is untouched. */
async function applyNext(session: SqlSession, migrations: readonly Migration[]): Promise<string | undefined> {
  await session.script(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  await session.query('SELECT pg_advisory_xact_lock($1)', [prismaAdvisoryLock]);
  const done = await readApplied(session);
  refuseConflicts(done, migrations);
  const next = migrations.find(({ name }) => !done.some((row) => row.name === name));
  if (next === undefined) return undefined;
  const startedAt = new Date();
  await session.script(next.sql);
  await session.query(
    `INSERT INTO "_prisma_migrations"
       ("id", "checksum", "started_at", "finished_at", "migration_name", "applied_steps_count")
     VALUES ($1, $2, $3, clock_timestamp(), $4, 1)`,
    [randomUUID(), next.checksum, startedAt, next.name],
  );
  return next.name;
}

interface AppliedMigration {
  name: string;
  checksum: string;
  finished: boolean;
}

async function readApplied(session: SqlSession): Promise<AppliedMigration[]> {
  const [table] = await session.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "exists"`);
  if (table?.['exists'] !== true) {
    await session.script(createTable);
    return [];
  }
  const rows = await session.query(
    `SELECT "migration_name", "checksum", "finished_at" IS NOT NULL AS "finished"
     FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`,
  );
  return rows.map((row) => ({
    name: String(row['migration_name']),
    checksum: String(row['checksum']),
    finished: row['finished'] === true,
  }));
}

function refuseConflicts(done: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const { name, checksum, finished } of done) {
    if (!finished)
      throw new MigrationConflict(
        `Migration ${name} failed half-way; resolve it with \`prisma migrate resolve\``,
      );
    const file = migrations.find((migration) => migration.name === name);
    if (file === undefined) {
      if (leavesRoomForEarlier(name)) continue;
      throw new MigrationConflict(
        `The database is ahead of this program: it has migration ${name}, which is not known here: run the version that made it, or restore a backup from before`,
      );
    }
    if (file.checksum !== checksum) {
      throw new MigrationConflict(
        `Migration ${name} was changed after it was applied: restore its file, add a new migration`,
      );
    }
  }
}
