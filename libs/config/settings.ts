import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cpuQuota } from './cpu-quota.js';
import { remoteHeaders } from './remote-headers.setting.js';
import { remoteModels } from './remote-models.setting.js';
import { payloadSettings } from './payload.config.js';
import { trustedProxies } from './trusted-proxies.setting.js';

/** A whole number in a range, as text in the environment. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' });

/** Where a program listens. */
export const listenSettings = {
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: wholeNumber(0, 65_535).default(8080).describe('Port to listen on; 0 picks a free one'),
};

/** Every program. */
export const processSettings = {
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(0, 600_000)
    .default(10_000)
    .describe('How long running requests may take to finish when the program stops'),
};

/** Programs that answer clients. */
export const httpSettings = {
  REQUEST_TIMEOUT_MS: wholeNumber(100, 600_000)
    .default(15_000)
    .describe(
      'Longest time the headers of a request, and then its body, may take to arrive; a body has what its length takes at 1.4 Mbit/s beside that, an upload of jobs ten minutes',
    ),
  REPLY_TIMEOUT_MS: wholeNumber(100, 3_600_000)
    .default(600_000)
    .describe('Longest time that a client may take to read a reply; then its connection is dropped'),
  MAX_BACKLOG_S: wholeNumber(1, 3_600)
    .default(30)
    .describe(
      'Predicted engine time that may wait for each engine, in seconds; beyond it new work is refused',
    ),
  TRUSTED_PROXIES: trustedProxies,
};

/** Programs that bill. */
export const billingSettings = {
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters, as ISO 4217 has them')
    .default('EUR')
    .describe('Currency of prices, invoices and budgets; it cannot be changed once there are prices'),
  USAGE_RETENTION_MONTHS: wholeNumber(1, 1_200)
    .optional()
    .describe(
      'Closed months before the running one whose usage rows are kept; rows of older months are dropped once their invoices are final. Without it all are kept',
    ),
};

/** Programs that check limits in Redis. */
export const limitSettings = {
  LIMITS_WITHOUT_REDIS: z
    .enum(['refuse', 'admit'])
    .default('refuse')
    .describe(
      'What becomes of requests of tenants with limits while Redis is away: refused with limits.unavailable, or admitted uncounted until it is back',
    ),
};

/** Programs that tell receivers of the end of jobs. */
export const webhookSettings = {
  WEBHOOK_TRUSTED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .pipe(
      z.array(z.string().regex(/^[a-z0-9._:-]+$/, 'must be host names or addresses, separated by commas')),
    )
    .optional()
    .describe(
      'Hosts, separated by commas, whose webhooks may be plain http and at internal addresses; others must be https and public',
    ),
};

/** Programs that read videos. */
export const videoSettings = {
  FFMPEG_PATH: z
    .string()
    .min(1)
    .default('ffmpeg')
    .describe(
      'FFmpeg 6 or newer, by path or by its name in ~/.cache/inferway/bin, /usr/local/bin, /usr/bin or /bin; without it videos are refused with video.unavailable',
    ),
  VIDEO_MEMORY_DIR: path
    .default('/dev/shm')
    .describe(
      'Folder of a tmpfs, where a video lies without a name while its frames are taken: 400 MB at most',
    ),
};

/** Programs that keep their state in a folder. */
export const homeSettings = {
  INFERWAY_HOME: path.default(() => resolve('.inferway')).describe('Folder for the database and credentials'),
  DATABASE_URL: postgresUrl
    .optional()
    .describe('A Postgres server; without it the database is embedded and lives in INFERWAY_HOME'),
};

/** Programs of a cluster. */
export const clusterSettings = {
  DATABASE_URL: postgresUrl.describe('The Postgres server of the cluster'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' })
    .describe('The Redis of the cluster, with appendonly yes and maxmemory-policy noeviction'),
  SEAL_KEY: z
    .base64()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .describe('The installation’s key, 32 random bytes in base64, the same everywhere: seals what is kept'),
  QUEUE_MAX_PAYLOAD_MB: wholeNumber(1, 100_000)
    .default(256)
    .describe(
      'Payloads of one task that may wait, in Redis or in the bucket, in megabytes; beyond it new work is refused',
    ),
  ...payloadSettings,
};

/** Programs that run models. */
export const engineSettings = {
  INFERWAY_MODELS: path
    .default(() => join(homedir(), '.cache', 'inferway', 'models'))
    .describe('Folder of the model repository'),
  ENGINE_HOSTS: wholeNumber(1, 256)
    .default(() => Math.max(1, Math.floor(cpuQuota())))
    .describe('Engine processes; the CPU quota by default'),
  ENGINE_DEVICE: z
    .enum(['cpu', 'cuda'])
    .default('cpu')
    .describe('What models run on; every model needs a variant for it (docs/models.md)'),
  ENGINE_MAX_RSS_MB: wholeNumber(100, 1_000_000)
    .default(700)
    .describe(
      'Resident memory at which an engine process is replaced, in megabytes; at least half as much again as it has when warm',
    ),
  MAX_BATCH_ROWS: wholeNumber(1, 1_024)
    .optional()
    .describe('Most rows in one run of any model; unset, the measured limit of each manifest'),
  REMOTE_MODELS: remoteModels
    .optional()
    .describe(
      'Models that run on servers of the Open Inference Protocol (Triton, KServe), such as `minilm-l6=http://triton:8000` (docs/remote-engines.md); without it all run here',
    ),
  REMOTE_CONNECTIONS: wholeNumber(1, 256)
    .default(2)
    .describe('Runs at a time on each server of REMOTE_MODELS'),
  REMOTE_HEADERS: remoteHeaders
    .optional()
    .describe(
      'Headers for servers of REMOTE_MODELS, one a line, such as `http://triton:8000 Authorization: Bearer abc` (docs/remote-engines.md)',
    ),
};

/** Settings that may be given as a file instead, by the name with `_FILE`: as secrets are mounted in containers. */
export const secretSettings: readonly string[] = [
  'DATABASE_URL',
  'REDIS_URL',
  'SEAL_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'REMOTE_HEADERS',
  'HF_TOKEN',
];
