import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from '#local-servers';
import type { Cleanup } from '#process';
import type { Home } from '../serve/home.js';
import type { Supervised } from './supervisor.js';

const databaseName = 'inferway';

export interface GivenServers {
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
}

export interface ClusterServers {
  databaseUrl: string;
  redisUrl: string;
  /** Those that were started here. */
  servers: Supervised[];
}

/** Those that are named are used; those that are not are started, kept alive and stopped with the cluster. */
export async function startServers(
  { databaseUrl, redisUrl }: GivenServers,
  home: Home,
  cleanup: Cleanup,
): Promise<ClusterServers> {
  const servers: Supervised[] = [];
  const found = { databaseUrl: databaseUrl ?? '', redisUrl: redisUrl ?? '' };
  if (databaseUrl === undefined) {
    const postgres = await startPostgres({ folder: postgresFolder(home), durable: true });
    cleanup.add(() => postgres.stop());
    found.databaseUrl = await postgres.createDatabase(databaseName);
    servers.push(supervised('postgres', postgres));
  }
  if (redisUrl === undefined) {
    const redis = await startRedis({ folder: join(home.directory, 'redis') });
    cleanup.add(() => redis.stop());
    found.redisUrl = redis.url;
    servers.push(supervised('redis', redis));
  }
  return { ...found, servers };
}

/** Started again on its port, with the data that it had written. */
function supervised(role: string, server: PostgresServer | RedisServer): Supervised {
  return {
    role,
    get pid() {
      return server.pid;
    },
    get lastWords() {
      return server.lastWords;
    },
    ended: () => server.ended(),
    start: (stopped) => server.restart({ stopped }),
  };
}

/**
 * Below the home, but for root: Postgres refuses to run as root, and who it runs as instead may not be able to enter the
 * home or what lies above it.
 */
function postgresFolder(home: Home): string {
  if (process.getuid?.() !== 0) return join(home.directory, 'postgres');
  const name = createHash('sha256').update(home.directory).digest('hex').slice(0, 12);
  return join('/var/tmp', `inferway-postgres-${name}`);
}
