import { z } from 'zod';
import {
  clusterConfig,
  engineConfig,
  type ClusterConfig,
  type EngineConfig,
  type LogLevel,
} from './config.slices.js';
import { checkPayloadBucket } from './payload.config.js';
import { clusterSettings, engineSettings, listenSettings, processSettings } from './settings.js';
import { telemetrySettings, toTelemetryConfig, type TelemetryConfig } from './telemetry.config.js';

/** Model names, `*` for any characters: `translate-*,minilm-l6`. */
const modelPatterns = z
  .string()
  .regex(
    /^[A-Za-z0-9._*-]+(,[A-Za-z0-9._*-]+)*$/,
    'must be model names, with * for any characters, and commas',
  )
  .transform((text) => text.split(','));

/** The environment of a cluster's worker; it listens for probes and scrapes only. */
export const workerEnvironment = z
  .object({
    ...listenSettings,
    ...clusterSettings,
    ...processSettings,
    ...telemetrySettings,
    ...engineSettings,
    WORKER_MODELS: modelPatterns
      .default(['*'])
      .describe(
        'Models that this worker serves, such as `translate-*,minilm-l6`; all of each task that it serves',
      ),
  })
  .superRefine(checkPayloadBucket);

export interface WorkerConfig {
  probes: { host: string; port: number };
  cluster: ClusterConfig;
  logLevel: LogLevel;
  engines: EngineConfig;
  /** Names with `*` for any characters. */
  modelPatterns: readonly string[];
  shutdownTimeoutMs: number;
  telemetry: TelemetryConfig;
}

export function toWorkerConfig(env: z.output<typeof workerEnvironment>): WorkerConfig {
  return {
    probes: { host: env.HOST, port: env.PORT },
    cluster: clusterConfig(env),
    logLevel: env.LOG_LEVEL,
    engines: engineConfig(env),
    modelPatterns: env.WORKER_MODELS,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    telemetry: toTelemetryConfig(env),
  };
}
