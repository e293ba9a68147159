/**
 * config: what the environment tells a process.
 *
 * Owns: one schema per process, reading `process.env` (in `loadConfig`, nowhere else), the CPU quota, the table in
 * docs/configuration.md.
 * Refuses: defaults scattered in other rooms, settings looked up by string, and starting with a wrong setting.
 */
export * from './config.docs.js';
export * from './cpu-quota.js';
export * from './load-config.js';
export type { ServeConfig } from './serve.config.js';
