import type { z } from 'zod';
import { payloadBucket, type PayloadBucketConfig } from './payload.config.js';
import type { RemoteHeader } from './remote-headers.setting.js';
import type { RemoteModelRule } from './remote-models.setting.js';
import type {
  billingSettings,
  clusterSettings,
  engineSettings,
  httpSettings,
  listenSettings,
  processSettings,
  videoSettings,
} from './settings.js';

export type LogLevel = z.output<typeof processSettings.LOG_LEVEL>;

/** What engine hosts are told. */
export interface EngineConfig {
  /** Folder of the model repository. */
  models: string;
  hosts: number;
  /** Key of `variants` in the manifests. */
  device: 'cpu' | 'cuda';
  maxRssBytes: number;
  maxBatchRows?: number;
  /** Models that run elsewhere; none by default. */
  remote: {
    models: readonly RemoteModelRule[];
    connections: number;
    headers: readonly RemoteHeader[];
  };
}

type EngineEnvironment = z.output<z.ZodObject<typeof engineSettings>>;

export function engineConfig(env: EngineEnvironment): EngineConfig {
  return {
    models: env.INFERWAY_MODELS,
    hosts: env.ENGINE_HOSTS,
    device: env.ENGINE_DEVICE,
    maxRssBytes: env.ENGINE_MAX_RSS_MB * 1_000_000,
    remote: {
      models: env.REMOTE_MODELS ?? [],
      connections: env.REMOTE_CONNECTIONS,
      headers: env.REMOTE_HEADERS ?? [],
    },
    ...(env.MAX_BATCH_ROWS !== undefined && { maxBatchRows: env.MAX_BATCH_ROWS }),
  };
}

/** How a program answers clients. */
export interface HttpConfig {
  host: string;
  port: number;
  requestTimeoutMs: number;
  replyTimeoutMs: number;
  /** Addresses and networks of the proxies in front of it. */
  trustedProxies: readonly string[];
}

type HttpEnvironment = z.output<z.ZodObject<typeof listenSettings & typeof httpSettings>>;

export function httpConfig(env: HttpEnvironment): HttpConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    replyTimeoutMs: env.REPLY_TIMEOUT_MS,
    trustedProxies: env.TRUSTED_PROXIES ?? [],
  };
}

/** What reads videos, and where they lie meanwhile. */
export interface VideoConfig {
  /** Path or name of FFmpeg. */
  ffmpeg: string;
  /** Folder of a tmpfs. */
  folder: string;
}

type VideoEnvironment = z.output<z.ZodObject<typeof videoSettings>>;

export function videoConfig(env: VideoEnvironment): VideoConfig {
  return { ffmpeg: env.FFMPEG_PATH, folder: env.VIDEO_MEMORY_DIR };
}

/** What is billed in, and for how long its proof is kept. */
export interface BillingConfig {
  /** ISO 4217. */
  currency: string;
  /** Closed months whose usage rows are kept; without it, all. */
  usageRetentionMonths?: number;
}

type BillingEnvironment = z.output<z.ZodObject<typeof billingSettings>>;

export function billingConfig(env: BillingEnvironment): BillingConfig {
  return {
    currency: env.CURRENCY,
    ...(env.USAGE_RETENTION_MONTHS !== undefined && { usageRetentionMonths: env.USAGE_RETENTION_MONTHS }),
  };
}

/** What the programs of a cluster share. */
export interface ClusterConfig {
  databaseUrl: string;
  redisUrl: string;
  /** 32 bytes. */
  sealKey: Uint8Array;
  maxPayloadBytes: number;
  /** Where large payloads go; Redis, where there is none. */
  payloadBucket?: PayloadBucketConfig;
}

type ClusterEnvironment = z.output<z.ZodObject<typeof clusterSettings>>;

export function clusterConfig(env: ClusterEnvironment): ClusterConfig {
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    sealKey: Buffer.from(env.SEAL_KEY, 'base64'),
    maxPayloadBytes: env.QUEUE_MAX_PAYLOAD_MB * 1_000_000,
    ...payloadBucket(env),
  };
}
