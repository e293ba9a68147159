/**
 * config: what the environment tells a process.
 *
 * Owns: one schema per program, made of settings that programs share; reading `process.env` (in load-config.ts, nowhere
 * else) and secrets from files; the CPU quota; the tables in docs/configuration.md and the same
 * settings in the Helm chart's schema.
 * Refuses: defaults scattered in other rooms, settings looked up by string, and starting with a wrong setting.
 */
export { chartSettings } from './chart-settings.js';
export * from './config.docs.js';
export type { ClusterConfig, EngineConfig, LogLevel } from './config.slices.js';
export * from './cpu-quota.js';
export type { GatewayConfig } from './gateway.config.js';
export type { HubConfig } from './hub.config.js';
export * from './load-config.js';
export type { MigrateConfig } from './migrate.config.js';
export type { ProxyConfig } from './proxy.config.js';
export type { ServeConfig } from './serve.config.js';
export type { TelemetryConfig } from './telemetry.config.js';
export type { WorkerConfig } from './worker.config.js';
