import type { Redis } from 'ioredis';
import type { ClusterConfig } from '#config';
import { createSeal, type Clock, type Seal } from '#kernel';
import { migrate, openDatabase, type Database } from '#persistence';
import { StartupError, type Cleanup } from '#process';
import { connectRedis, findRedisFaults, RedisClock } from '#redis';
import type { Bucket } from '#s3';
import { openPayloadBucket } from './open-payload-bucket.js';

/** What gateways and workers share. */
export interface Cluster {
  /** Migrated. */
  database: Database;
  redis: Redis;
  /** Redis's time: deadlines mean the same on every machine. */
  clock: Clock;
  seal: Seal;
  /** For large payloads; undefined where they lie in Redis. */
  bucket: Bucket | undefined;
}

/** A start waits this long for Redis; a supervisor starts the program again. */
const connectTimeoutMs = 10_000;

/**
 * @param onError told of a broken connection, which comes back by itself
 * @throws StartupError when Postgres, Redis or the bucket is out of reach (exit 69), when Redis may lose jobs or the
 *   bucket may not be used (exit 78)
 */
export async function openCluster(
  { databaseUrl, redisUrl, sealKey, payloadBucket }: ClusterConfig,
  onError: (error: unknown) => void,
  cleanup: Cleanup,
): Promise<Cluster> {
  const bucket = await openPayloadBucket(payloadBucket, onError, cleanup);
  const redis = await openRedis(redisUrl, onError, cleanup);
  const database = await openDatabase({ url: databaseUrl }).catch((error: unknown) => {
    throw new StartupError(`DATABASE_URL: the database cannot be opened: ${messageOf(error)}`, 69);
  });
  cleanup.add(() => database.close());
  await migrate(database);
  const clock = await RedisClock.start(redis);
  cleanup.add(() => {
    clock.stop();
  });
  return { database, redis, clock, seal: createSeal(sealKey), bucket };
}

async function openRedis(url: string, onError: (error: unknown) => void, cleanup: Cleanup): Promise<Redis> {
  const redis = connectRedis(url);
  cleanup.add(() => {
    redis.disconnect();
  });
  let lastError: unknown;
  redis.on('error', (error: unknown) => {
    lastError = error;
    onError(error);
  });
  const timeout = setTimeout(() => redis.disconnect(), connectTimeoutMs);
  try {
    // The first connection only: a Redis that answers, and says what we do not want to hear, must not be waited for.
    await redis.connect();
    const faults = await findRedisFaults(redis);
    if (faults.length > 0) throw new StartupError(faults.map((fault) => `REDIS_URL: ${fault}`).join('\n'));
    return redis;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`REDIS_URL: Redis cannot be reached: ${messageOf(lastError ?? error)}`, 69);
  } finally {
    clearTimeout(timeout);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
