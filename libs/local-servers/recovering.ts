import { Redis } from 'ioredis';
import pg from 'pg';

/** A server that reads answers between two portions of its data. */
const askTimeoutMs = 5_000;
/** SQLSTATE `cannot_connect_now`: starting up, or reading its log after a crash. */
const startingUp = '57P03';

/** A Redis takes connections while it reads its log, and refuses every command. */
export async function isRedisLoading(port: number): Promise<boolean> {
  const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, enableReadyCheck: false, ...once });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith('LOADING');
  } finally {
    redis.disconnect();
  }
}

const once = { connectTimeout: askTimeoutMs, commandTimeout: askTimeoutMs, retryStrategy: () => null };

export async function isPostgresRecovering(port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    connectionTimeoutMillis: askTimeoutMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return false;
  } catch (error) {
    return error instanceof pg.DatabaseError && error.code === startingUp;
  } finally {
    await client.end().catch(() => undefined);
  }
}
