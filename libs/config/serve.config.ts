import { z } from 'zod';
import {
  billingConfig,
  engineConfig,
  httpConfig,
  type BillingConfig,
  type EngineConfig,
  type HttpConfig,
  videoConfig,
  type LogLevel,
  type VideoConfig,
} from './config.slices.js';
import {
  billingSettings,
  engineSettings,
  homeSettings,
  httpSettings,
  listenSettings,
  processSettings,
  videoSettings,
  webhookSettings,
} from './settings.js';
import { telemetrySettings, toTelemetryConfig, type TelemetryConfig } from './telemetry.config.js';

/** The environment of `inferway serve`, the one-process server. */
export const serveEnvironment = z.object({
  ...listenSettings,
  ...homeSettings,
  ...processSettings,
  ...telemetrySettings,
  ...httpSettings,
  ...webhookSettings,
  ...videoSettings,
  ...billingSettings,
  ...engineSettings,
});

/** What the process is told, sliced by who needs it. */
export interface ServeConfig {
  http: HttpConfig;
  home: string;
  databaseUrl?: string;
  logLevel: LogLevel;
  engines: EngineConfig;
  maxBacklogMs: number;
  shutdownTimeoutMs: number;
  webhookTrustedHosts: readonly string[];
  videos: VideoConfig;
  billing: BillingConfig;
  telemetry: TelemetryConfig;
}

export function toServeConfig(env: z.output<typeof serveEnvironment>): ServeConfig {
  return {
    http: httpConfig(env),
    home: env.INFERWAY_HOME,
    ...(env.DATABASE_URL !== undefined && { databaseUrl: env.DATABASE_URL }),
    logLevel: env.LOG_LEVEL,
    engines: engineConfig(env),
    maxBacklogMs: env.MAX_BACKLOG_S * 1_000,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    webhookTrustedHosts: env.WEBHOOK_TRUSTED_HOSTS ?? [],
    videos: videoConfig(env),
    billing: billingConfig(env),
    telemetry: toTelemetryConfig(env),
  };
}
