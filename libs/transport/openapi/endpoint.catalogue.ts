import type { z } from 'zod';
import { usageQuery, usageReport, type TaskContract } from '#contracts';
import type { ErrorCode } from '#kernel';
import { tasks } from '#tasks';
import { fileFields } from '../input/form-body.js';
import { health, languageList, limitList, modelList } from '../views/catalogue.views.js';
import { maxBodyBytes, maxFileBodyBytes } from '../views/limits.js';

/** One HTTP endpoint: what routing, the guard, the API reference and the tests need to agree on. */
export interface Endpoint {
  method: 'GET' | 'POST';
  path: string;
  operationId: string;
  summary: string;
  tag: 'inference' | 'catalogue' | 'usage' | 'operations' | 'reference';
  /** Served without a key. */
  public?: true;
  bodyLimitBytes?: number;
  errors: readonly ErrorCode[];
  task?: TaskContract;
  query?: z.ZodObject;
  /** Schema of a JSON reply, or the media type of another. */
  reply: z.ZodObject | string;
}

const keyed = [
  'auth.missing_key',
  'auth.malformed_key',
  'auth.unknown_key',
  'auth.revoked_key',
  'internal',
] as const satisfies ErrorCode[];

const inference = [
  ...keyed,
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'request.unsupported_media_type',
  'request.timeout',
  'idempotency.in_flight',
  'idempotency.mismatch',
  'language.unsupported',
  'language.undetected',
  'text.too_long',
  'deadline.exceeded',
  'rate.limited',
  'quota.exceeded',
  'overloaded',
  'engine.unavailable',
  'service.draining',
] as const satisfies ErrorCode[];

const image = [
  'image.unsupported_format',
  'image.unreadable',
  'image.too_large',
] as const satisfies ErrorCode[];

function inferenceEndpoint(task: TaskContract): Endpoint {
  const takesFile = fileFields(task.input).length > 0;
  return {
    method: 'POST',
    path: task.path,
    operationId: task.field,
    summary: task.summary,
    tag: 'inference',
    bodyLimitBytes: takesFile ? maxFileBodyBytes : maxBodyBytes,
    errors: takesFile ? [...inference, ...image] : inference,
    task,
    reply: task.output,
  };
}

const get = (path: string, rest: Omit<Endpoint, 'method' | 'path'>): Endpoint => ({
  method: 'GET',
  path,
  ...rest,
});

/** Every endpoint there is, the tasks' from their contracts. */
export const endpoints: readonly Endpoint[] = [
  ...tasks.map(inferenceEndpoint),
  get('/v1/models', {
    operationId: 'models',
    summary: 'The models that serve',
    tag: 'catalogue',
    errors: keyed,
    reply: modelList,
  }),
  get('/v1/languages', {
    operationId: 'languages',
    summary: 'The language pairs that translate serves',
    tag: 'catalogue',
    errors: keyed,
    reply: languageList,
  }),
  get('/v1/limits', {
    operationId: 'limits',
    summary: 'What a request must keep to',
    tag: 'catalogue',
    errors: keyed,
    reply: limitList,
  }),
  get('/v1/usage', {
    operationId: 'usage',
    summary: 'What this tenant used, by UTC day and task',
    tag: 'usage',
    errors: [...keyed, 'request.invalid'],
    query: usageQuery,
    reply: usageReport,
  }),
  {
    method: 'POST',
    path: '/graphql',
    operationId: 'graphql',
    summary: 'The same API as GraphQL queries',
    tag: 'inference',
    bodyLimitBytes: maxFileBodyBytes,
    errors: [...inference, 'graphql.invalid', 'graphql.too_complex'],
    reply: 'application/graphql-response+json',
  },
  get('/health/live', {
    operationId: 'live',
    summary: 'The process answers',
    tag: 'operations',
    public: true,
    errors: [],
    reply: health,
  }),
  get('/health/ready', {
    operationId: 'ready',
    summary: 'Every model is warm and the server takes work',
    tag: 'operations',
    public: true,
    errors: ['engine.unavailable', 'service.draining'],
    reply: health,
  }),
  get('/metrics', {
    operationId: 'metrics',
    summary: 'Prometheus metrics',
    tag: 'operations',
    public: true,
    errors: [],
    reply: 'text/plain',
  }),
  get('/openapi.json', {
    operationId: 'openapi',
    summary: 'This document',
    tag: 'reference',
    public: true,
    errors: [],
    reply: 'application/json',
  }),
  get('/docs/errors', {
    operationId: 'errors',
    summary: 'Every error code, explained',
    tag: 'reference',
    public: true,
    errors: [],
    reply: 'text/html',
  }),
];
