import type { PrismaClient } from './generated/client.js';
import { openPglite, type PgliteOptions } from './pglite.database.js';
import { openPostgres, type PostgresOptions } from './postgres.database.js';
import type { UsageInbox } from './usage-inbox.js';

/** Where the data lives: a Postgres server, or a folder that PGlite (Postgres in WASM) keeps for one process. */
export type DatabaseLocation =
  ({ url: string } & PostgresOptions) | ({ dataDirectory: string } & PgliteOptions);

/** Plain SQL in one transaction, for what Prisma's client cannot say. */
export interface SqlSession {
  /** Runs a script of many statements. */
  script(sql: string): Promise<void>;
  query(sql: string, parameters?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export interface Database {
  readonly backend: 'postgres' | 'pglite';
  readonly prisma: PrismaClient;
  /** Usage on its way into the tables, where the database is in this process: settle it before you read usage. */
  readonly usageInbox?: UsageInbox;
  /** Commits when `work` resolves, rolls back when it rejects. The session is UTC and nobody's tenant. */
  transactSql<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens a database; it is not migrated (`migrate` does that). A data folder is made if missing and locked for this
 * process until `close` or its death.
 * @throws Error in plain words for the operator who starts the program: the folder is in use, and by which process,
 *   or the server does not answer
 */
export function openDatabase(location: DatabaseLocation): Promise<Database> {
  return 'url' in location
    ? openPostgres(location.url, location)
    : openPglite(location.dataDirectory, location);
}
