import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { gatewayEnvironment, toGatewayConfig, type GatewayConfig } from './gateway.config.js';
import { hubEnvironment, toHubConfig, type HubConfig } from './hub.config.js';
import { migrateEnvironment, toMigrateConfig, type MigrateConfig } from './migrate.config.js';
import { preferSmallLetters, proxyEnvironment, type ProxyConfig } from './proxy.config.js';
import { serveEnvironment, toServeConfig, type ServeConfig } from './serve.config.js';
import { secretSettings } from './settings.js';
import { toWorkerConfig, workerEnvironment, type WorkerConfig } from './worker.config.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, one line each; the program prints it and exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  static readonly exitCode = 78;

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

/** Settings of the one-process server. @throws ConfigError with every problem at once */
export function loadServeConfig(env: Environment = process.env): ServeConfig {
  return toServeConfig(read(serveEnvironment, env));
}

/** Settings of a cluster's gateway. @throws ConfigError with every problem at once */
export function loadGatewayConfig(env: Environment = process.env): GatewayConfig {
  return toGatewayConfig(read(gatewayEnvironment, env));
}

/** Settings of a cluster's worker. @throws ConfigError with every problem at once */
export function loadWorkerConfig(env: Environment = process.env): WorkerConfig {
  return toWorkerConfig(read(workerEnvironment, env));
}

/** Settings of `inferway models pull`. @throws ConfigError with every problem at once */
export function loadHubConfig(env: Environment = process.env): HubConfig {
  return toHubConfig(read(hubEnvironment, env));
}

/** The proxy of downloads: `inferway models pull`, and `unpack` of an address. @throws ConfigError as the others */
export function loadProxyConfig(env: Environment = process.env): ProxyConfig {
  return read(proxyEnvironment, preferSmallLetters(env));
}

/** Settings of `inferway migrate`. @throws ConfigError with every problem at once */
export function loadMigrateConfig(env: Environment = process.env): MigrateConfig {
  return toMigrateConfig(read(migrateEnvironment, env));
}

const ownPrefix = 'INFERWAY_';
const ownNames = [serveEnvironment, gatewayEnvironment, workerEnvironment]
  .flatMap(({ shape }) => Object.keys(shape))
  .filter((name) => name.startsWith(ownPrefix));

/**
 * Reads the environment, here and nowhere else. An empty variable counts as unset. A name with our prefix that no
 * program knows is an error: it is a typing mistake that would otherwise be a silent default.
 */
function read<S extends z.ZodObject>(schema: S, env: Environment): z.output<S> {
  const problems = Object.keys(env)
    .filter((name) => name.startsWith(ownPrefix) && !ownNames.includes(name))
    .map((name) => `${name}: is not a setting; there are ${[...new Set(ownNames)].join(', ')}`);
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  for (const name of secretSettings.filter((each) => each in schema.shape)) readSecret(name, given, problems);
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    problems.push(...parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function readSecret(name: string, given: Record<string, string | undefined>, problems: string[]): void {
  const file = given[`${name}_FILE`];
  if (file === undefined) return;
  if (given[name] !== undefined) {
    problems.push(`${name}: is set, and ${name}_FILE too: keep one`);
    return;
  }
  try {
    const text = readFileSync(file, 'utf8').trim();
    // Not as an empty variable: whoever names a file means what is in it.
    if (text === '') problems.push(`${name}_FILE: ${file} is empty`);
    else given[name] = text;
  } catch (error) {
    problems.push(`${name}_FILE: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
