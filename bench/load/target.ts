import { ClusterProcess, ServerProcess } from '#testing';
import { createTenant, type Installation } from '../http/create-tenant.js';
import type { Caller } from '../http/post.js';
import { processTree } from '../http/process-tree.js';
import type { Profile } from './profile.js';

/** What is put under load. */
export interface Target {
  /** For the report: what it is and where it came from. */
  description: string;
  /** By the tenant's name. */
  callers: ReadonlyMap<string, Caller>;
  /** Ours, whose CPU can be counted: not those of a server that was there before. */
  pids: () => number[];
  /** Prometheus text of the processes that batch; undefined where nobody may read it. */
  metrics: () => Promise<string | undefined>;
  stop: () => Promise<void>;
}

const cluster = { gateways: 1, workers: 2 };

/** `inferway serve` as a user starts it, with a tenant each. */
export async function startServer({ tenants }: Profile): Promise<Target> {
  const server = await ServerProcess.start();
  return {
    description: 'inferway serve, one process with its engine hosts',
    callers: await createCallers({ home: server.home, urls: [server.url] }, tenants),
    pids: () => processTree(server.pid),
    metrics: () => server.metrics(),
    stop: () => server.stop(),
  };
}

/** Gateway and workers over Redis and Postgres, whose own CPU is not counted. */
export async function startCluster({ tenants }: Profile): Promise<Target> {
  const started = await ClusterProcess.start(cluster);
  const { urls, processes } = started.description;
  const workers = processes.flatMap(({ role, url }) => (role === 'worker' && url !== undefined ? [url] : []));
  return {
    description: `inferway cluster: ${cluster.gateways} gateway, ${cluster.workers} workers, Redis, Postgres`,
    callers: await createCallers({ home: started.home, urls }, tenants),
    pids: () => [...started.pids('gateway'), ...started.pids('worker')].flatMap(processTree),
    async metrics() {
      const texts = await Promise.all(workers.map(readMetrics));
      return texts.map((text) => text ?? '').join('\n');
    },
    stop: () => started.stop(),
  };
}

/** A server that is there already, by the keys of tenants that are there already: nothing is created or stopped. */
export function targetAt(address: string, keys: readonly string[], { tenants }: Profile): Target {
  const url = address.replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]+/.test(url))
    throw new Error(`--url is an address such as http://127.0.0.1:8080, not ${address}`);
  if (keys.length !== tenants.length) {
    const names = tenants.map(({ name, weight }) => `${name} (weight ${weight})`).join(', ');
    throw new Error(
      `--url needs a --key for each tenant of the profile, in this order: ${names}; ${keys.length} given`,
    );
  }
  return {
    description: url,
    callers: new Map(tenants.map(({ name }, index) => [name, { url, apiKey: keys[index] ?? '' }])),
    pids: () => [],
    metrics: () => readMetrics(url),
    stop: () => Promise.resolve(),
  };
}

async function createCallers(
  installation: Installation,
  tenants: Profile['tenants'],
): Promise<Map<string, Caller>> {
  const callers = new Map<string, Caller>();
  for (const { name, weight } of tenants)
    callers.set(name, await createTenant(installation, name, { weight }));
  return callers;
}

async function readMetrics(url: string): Promise<string | undefined> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) }).catch(
    () => undefined,
  );
  return response?.ok === true ? response.text() : undefined;
}
