import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.js';
import type { Database, SqlSession } from './open-database.js';

/** Bounds of every wait on the server. */
export interface PostgresOptions {
  /** Connections of this process. */
  maxConnections?: number;
  /** Longest wait for a connection, new or from the pool. */
  connectTimeoutMs?: number;
  /** Longest run of one statement; the server ends it. */
  statementTimeoutMs?: number;
}

/** Longest migration: it may rewrite a large table. */
const scriptTimeoutMs = 600_000;
/** How much later than the server this side gives a statement up: only when the server is silent. */
const graceMs = 2_000;
const scriptTimeouts = { statement_timeout: scriptTimeoutMs, query_timeout: scriptTimeoutMs + graceMs };

export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  const { maxConnections = 10, connectTimeoutMs = 5_000, statementTimeoutMs = 10_000 } = options;
  const connection = {
    connectionString: url,
    application_name: 'inferway',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + graceMs,
    idle_in_transaction_session_timeout: statementTimeoutMs + graceMs,
    keepAlive: true,
    // Prisma's adapter sends times without a zone and drops the zone of what it reads.
    options: '-c timezone=UTC',
  };
  const pool = new pg.Pool({ ...connection, max: maxConnections });
  // A pooled connection that dies idle is replaced on the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: connectTimeoutMs, timeout: statementTimeoutMs },
  });
  await pool.query('SELECT 1').catch(async (error: unknown) => {
    await pool.end();
    throw new Error(`The database does not answer: ${reasonOf(error)}`, { cause: error });
  });
  return {
    backend: 'postgres',
    prisma,
    transactSql: (work) => transactOn(new pg.Client({ ...connection, ...scriptTimeouts }), work),
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** In the server's or the driver's words, which hold no password. Node tells of a name with two addresses only a code. */
function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('message' in error && error.message !== '') return String(error.message);
  return 'code' in error ? String(error.code) : 'it does not say why';
}

/** A connection of its own: a migration outlives the time that statements of requests may take. */
async function transactOn<T>(client: pg.Client, work: (session: SqlSession) => Promise<T>): Promise<T> {
  await client.connect();
  try {
    await client.query('BEGIN');
    const result = await work({
      script: async (sql) => {
        await client.query(sql);
      },
      query: async (sql, parameters = []) =>
        (await client.query<Record<string, unknown>>(sql, [...parameters])).rows,
    });
    await client.query('COMMIT');
    return result;
  } finally {
    // Ends an open transaction as well: the server rolls back what its client did not commit.
    await client.end();
  }
}
