import { serveEnvironment, toServeConfig, type ServeConfig } from './serve.config.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, one line each; the program prints it and exits with 78 (EX_CONFIG). */
export class ConfigError extends Error {
  static readonly exitCode = 78;

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

const ownPrefix = 'INFERWAY_';

/**
 * Reads the environment, here and nowhere else. An empty variable counts as unset. A name with our prefix that we do
 * not know is an error: it is a typing mistake that would otherwise be a silent default.
 * @throws ConfigError with every problem at once
 */
export function loadConfig(env: Environment = process.env): ServeConfig {
  const known = Object.keys(serveEnvironment.shape);
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith(ownPrefix) && !known.includes(name))
    .map((name) => `${name}: is not a setting; there are ${known.join(', ')}`);
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = serveEnvironment.safeParse(given);
  const invalid = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (!parsed.success || unknown.length > 0) throw new ConfigError([...unknown, ...invalid]);
  return toServeConfig(parsed.data);
}
