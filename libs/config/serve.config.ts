import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { cpuQuota } from './cpu-quota.js';

/** A whole number in a range, as text in the environment. */
const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const path = z
  .string()
  .min(1)
  .transform((value) => resolve(value));

/**
 * The environment of `inferway serve`, the one-process server. Each entry is one variable: its description is its row
 * in docs/configuration.md, its default what an unset variable means.
 */
export const serveEnvironment = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  PORT: wholeNumber(0, 65_535).default(8080).describe('Port to listen on; 0 picks a free one'),
  INFERWAY_HOME: path.default(() => resolve('.inferway')).describe('Folder for the database and credentials'),
  INFERWAY_MODELS: path
    .default(() => join(homedir(), '.cache', 'inferway', 'models'))
    .describe('Folder of the model repository'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('A Postgres server; without it the database is embedded and lives in INFERWAY_HOME'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
  ENGINE_HOSTS: wholeNumber(1, 256)
    .default(() => Math.max(1, Math.floor(cpuQuota())))
    .describe('Engine processes; the CPU quota by default'),
  ENGINE_MAX_RSS_MB: wholeNumber(100, 1_000_000)
    .default(700)
    .describe('Resident memory at which an engine process is replaced, in megabytes'),
  MAX_BATCH_ROWS: wholeNumber(1, 1_024)
    .optional()
    .describe('Most rows in one run of any model; unset, the measured limit of each manifest'),
  MAX_BACKLOG_S: wholeNumber(1, 3_600)
    .default(30)
    .describe('Predicted engine time that may wait, in seconds; beyond it new work is refused'),
  REQUEST_TIMEOUT_MS: wholeNumber(100, 600_000)
    .default(15_000)
    .describe('Longest time the headers and body of a request may take to arrive'),
  SHUTDOWN_TIMEOUT_MS: wholeNumber(0, 600_000)
    .default(10_000)
    .describe('How long running requests may take to finish when the server stops'),
});

/** What the process is told, sliced by who needs it. */
export interface ServeConfig {
  http: { host: string; port: number; requestTimeoutMs: number };
  home: string;
  models: string;
  databaseUrl?: string;
  logLevel: z.output<typeof serveEnvironment>['LOG_LEVEL'];
  engineHosts: number;
  engineMaxRssBytes: number;
  maxBatchRows?: number;
  maxBacklogMs: number;
  shutdownTimeoutMs: number;
}

export function toServeConfig(env: z.output<typeof serveEnvironment>): ServeConfig {
  return {
    http: { host: env.HOST, port: env.PORT, requestTimeoutMs: env.REQUEST_TIMEOUT_MS },
    home: env.INFERWAY_HOME,
    models: env.INFERWAY_MODELS,
    ...(env.DATABASE_URL !== undefined && { databaseUrl: env.DATABASE_URL }),
    logLevel: env.LOG_LEVEL,
    engineHosts: env.ENGINE_HOSTS,
    engineMaxRssBytes: env.ENGINE_MAX_RSS_MB * 1_000_000,
    ...(env.MAX_BATCH_ROWS !== undefined && { maxBatchRows: env.MAX_BATCH_ROWS }),
    maxBacklogMs: env.MAX_BACKLOG_S * 1_000,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
  };
}
