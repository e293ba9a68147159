import { join } from 'node:path';
import { z } from 'zod';
import type { ServeConfig } from '#config';
import { cpuQuota } from '#config';
import { Administration } from '#core';
import { systemClock } from '#kernel';
import { migrate, openDatabase, openDirectory } from '#persistence';
import { assertPortFree, type Cleanup } from '#process';
import { tasks } from '#tasks';
import { createLogger } from '#telemetry';
import { createFirstKeys } from '../serve/first-keys.js';
import type { Home } from '../serve/home.js';
import { ClusterFile } from './cluster.file.js';
import { startServers } from './own-servers.js';
import { Program } from './program.js';
import { Supervisor, type Supervised } from './supervisor.js';

export interface ClusterOptions {
  gateways: number;
  workers: number;
  /** A Redis that runs already. */
  redis?: string;
}

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
  for (const port of portsOf(config, size)) await assertPortFree({ host: config.http.host, port });
  const file = new ClusterFile(join(home.directory, 'cluster.json'));
  const { databaseUrl, redisUrl, servers } = await startServers(
    { databaseUrl: config.databaseUrl, redisUrl: size.redis },
    home,
    cleanup,
  );
  const keys = await ensureKeys(databaseUrl, file);

  const sealKey = Buffer.from(await home.sealKey()).toString('base64');
  const shared = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, SEAL_KEY: sealKey };
  const programs = programsOf(config, size, shared);
  const log = createLogger({ level: config.logLevel, name: 'cluster' });
  const supervisor = new Supervisor(log);
  cleanup.add(async () => {
    supervisor.stop();
    await stopInOrder(programs);
    await supervisor.settled();
  });
  for (const program of programs.gateways) await program.start();
  await Promise.all(programs.workers.map((worker) => worker.start()));

  const all: Supervised[] = [...programs.gateways, ...programs.workers, ...servers];
  const write = () =>
    file.write({
      ...keys,
      databaseUrl,
      redisUrl,
      urls: programs.gateways.flatMap(({ url }) => url ?? []),
      processes: all.map(({ role, pid, url }) => ({ role, pid, url })),
    });
  await write();
  supervisor.onChange = () => {
    write().catch((error: unknown) => log.error({ err: error }, 'cluster.json could not be written'));
  };
  for (const each of all) supervisor.keepAlive(each);
  return file;
}

interface Programs {
  gateways: Program[];
  workers: Program[];
}

/** Of the gateways, one after the other from `PORT` on. */
function portsOf({ http: { port } }: ServeConfig, { gateways }: ClusterOptions): number[] {
  return Array.from({ length: gateways }, (_, i) => (port === 0 ? 0 : port + i));
}

function programsOf(config: ServeConfig, size: ClusterOptions, shared: Record<string, string>): Programs {
  const hosts = Math.max(1, Math.floor(cpuQuota() / size.workers));
  return {
    gateways: portsOf(config, size).map(
      (port) => new Program('gateway', { ...shared, HOST: config.http.host, PORT: String(port) }),
    ),
    workers: Array.from(
      { length: size.workers },
      () => new Program('worker', { ...shared, PORT: '0', ENGINE_HOSTS: String(hosts) }),
    ),
  };
}

/** Gateways first, so that they are answered by workers that still live. */
async function stopInOrder({ gateways, workers }: Programs): Promise<void> {
  for (const programs of [gateways, workers]) await Promise.all(programs.map((program) => program.stop()));
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
