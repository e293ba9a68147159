import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { ServeConfig } from '#config';
import { cpuQuota } from '#config';
import { Administration } from '#core';
import { startPostgres, startRedis } from '#local-servers';
import { systemClock } from '#kernel';
import { migrate, openDatabase, openDirectory } from '#persistence';
import type { Cleanup } from '#process';
import { tasks } from '#tasks';
import { createFirstKeys } from '../serve/first-keys.js';
import type { Home } from '../serve/home.js';
import { ClusterFile } from './cluster.file.js';
import { Supervisor } from './supervisor.js';

export interface ClusterOptions {
  gateways: number;
  workers: number;
  /** A Redis that runs already. */
  redis?: string;
}

const databaseName = 'inferway';
const keysShape = z.object({ tenantId: z.string(), apiKey: z.string(), adminKey: z.string() });
export type ClusterKeys = z.infer<typeof keysShape>;

/** A whole cluster on this machine: Redis, Postgres, gateways and workers, each a process of its own, kept alive. */
export async function startLocalCluster(
  config: ServeConfig,
  home: Home,
  size: ClusterOptions,
  cleanup: Cleanup,
): Promise<ClusterFile> {
  await home.lock();
  cleanup.add(() => home.unlock());
  const file = new ClusterFile(join(home.directory, 'cluster.json'));
  const { databaseUrl, redisUrl, servers } = await startServers(config, home, size, cleanup);
  const keys = await ensureKeys(databaseUrl, file);

  const sealKey = Buffer.from(await home.sealKey()).toString('base64');
  const shared = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SEAL_KEY: sealKey };
  const supervisor = new Supervisor();
  cleanup.add(() => supervisor.stop());
  for (let i = 0; i < size.gateways; i++) {
    const port = i === 0 || config.http.port === 0 ? config.http.port : config.http.port + i;
    await supervisor.add('gateway', { ...shared, HOST: config.http.host, PORT: String(port) });
  }
  const hosts = Math.max(1, Math.floor(cpuQuota() / size.workers));
  const workers = Array.from({ length: size.workers }, () =>
    supervisor.add('worker', { ...shared, PORT: '0', ENGINE_HOSTS: String(hosts) }),
  );
  await Promise.all(workers);

  const write = () =>
    file.write({
      ...keys,
      databaseUrl,
      redisUrl,
      urls: supervisor.processes().flatMap(({ role, url }) => (role === 'gateway' ? [url] : [])),
      processes: [...supervisor.processes(), ...servers],
    });
  await write();
  supervisor.onChange = () => void write();
  return file;
}

/** Those that are named are used, those that are not are started and stopped with the cluster. */
async function startServers(
  { databaseUrl }: ServeConfig,
  home: Home,
  { redis: redisUrl }: ClusterOptions,
  cleanup: Cleanup,
): Promise<{ databaseUrl: string; redisUrl: string; servers: { role: string; pid: number }[] }> {
  const servers: { role: string; pid: number }[] = [];
  const found = { databaseUrl: databaseUrl ?? '', redisUrl: redisUrl ?? '' };
  if (databaseUrl === undefined) {
    const postgres = await startPostgres({ folder: postgresFolder(home), durable: true });
    cleanup.add(() => postgres.stop());
    found.databaseUrl = await postgres.createDatabase(databaseName);
    servers.push({ role: 'postgres', pid: postgres.pid });
  }
  if (redisUrl === undefined) {
    const redis = await startRedis({ folder: join(home.directory, 'redis') });
    cleanup.add(() => redis.stop());
    found.redisUrl = redis.url;
    servers.push({ role: 'redis', pid: redis.pid });
  }
  return { ...found, servers };
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

/** The tenant and keys of the first start; later starts find them in the file, as the database keeps hashes only. */
async function ensureKeys(databaseUrl: string, file: ClusterFile): Promise<ClusterKeys> {
  const known = keysShape.safeParse(await file.read());
  const database = await openDatabase({ url: databaseUrl });
  try {
    await migrate(database);
    if (known.success) return known.data;
    return await createFirstKeys(
      new Administration(
        openDirectory(database),
        systemClock,
        tasks.map(({ id }) => id),
      ),
    );
  } finally {
    await database.close();
  }
}
