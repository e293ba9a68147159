import { z } from 'zod';
import {
  billingConfig,
  clusterConfig,
  httpConfig,
  type BillingConfig,
  type ClusterConfig,
  type HttpConfig,
  videoConfig,
  type LogLevel,
  type VideoConfig,
} from './config.slices.js';
import { checkPayloadBucket } from './payload.config.js';
import {
  billingSettings,
  clusterSettings,
  httpSettings,
  limitSettings,
  listenSettings,
  processSettings,
  videoSettings,
  webhookSettings,
} from './settings.js';
import { telemetrySettings, toTelemetryConfig, type TelemetryConfig } from './telemetry.config.js';

/** The environment of a cluster's gateway. */
export const gatewayEnvironment = z
  .object({
    ...listenSettings,
    ...clusterSettings,
    ...processSettings,
    ...telemetrySettings,
    ...httpSettings,
    ...webhookSettings,
    ...videoSettings,
    ...billingSettings,
    ...limitSettings,
  })
  .superRefine(checkPayloadBucket);

export interface GatewayConfig {
  http: HttpConfig;
  cluster: ClusterConfig;
  logLevel: LogLevel;
  maxBacklogMs: number;
  shutdownTimeoutMs: number;
  webhookTrustedHosts: readonly string[];
  videos: VideoConfig;
  billing: BillingConfig;
  limitsWithoutRedis: 'refuse' | 'admit';
  telemetry: TelemetryConfig;
}

export function toGatewayConfig(env: z.output<typeof gatewayEnvironment>): GatewayConfig {
  return {
    http: httpConfig(env),
    cluster: clusterConfig(env),
    logLevel: env.LOG_LEVEL,
    maxBacklogMs: env.MAX_BACKLOG_S * 1_000,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    webhookTrustedHosts: env.WEBHOOK_TRUSTED_HOSTS ?? [],
    videos: videoConfig(env),
    billing: billingConfig(env),
    limitsWithoutRedis: env.LIMITS_WITHOUT_REDIS,
    telemetry: toTelemetryConfig(env),
  };
}
