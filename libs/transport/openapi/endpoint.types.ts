import type { z } from 'zod';
import type { TaskContract } from '#contracts';
import type { ErrorCode } from '#kernel';

/** One HTTP endpoint: what routing, the guard, the API reference and the tests need to agree on. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As the router writes it: `/v1/jobs/:id`. */
  path: string;
  operationId: string;
  summary: string;
  tag:
    | 'inference'
    | 'inspection'
    | 'jobs'
    | 'videos'
    | 'open inference'
    | 'webhooks'
    | 'catalogue'
    | 'usage'
    | 'admin'
    | 'operations'
    | 'reference';
  /** Served without a key. */
  public?: true;
  /** What a key needs beside being valid: a fixed scope, or the id of the task. GraphQL asks field by field. */
  scope?: string;
  bodyLimitBytes?: number;
  errors: readonly ErrorCode[];
  task?: TaskContract;
  query?: z.ZodObject;
  /** What the parameters of the path must be, where they are more than names of things. */
  params?: z.ZodObject;
  /** JSON body of an endpoint that is not a task's. */
  body?: z.ZodObject;
  /** The body may be left out: nothing in it is needed. */
  bodyOptional?: true;
  /** Takes its inputs as JSON lines too. */
  lines?: true;
  /** The body is a file of this media type, as it is. */
  file?: string;
  /** Takes `Idempotency-Key`. */
  idempotent?: true;
  /** Takes `X-Deadline-Ms`. */
  deadline?: true;
  /** Answers CSV too, where `Accept` asks for it. */
  csv?: true;
  /** Status of a good reply; 200 when it is not said. */
  status?: 200 | 201 | 202;
  /** Schema of a JSON reply, or the media type of another. */
  reply: z.ZodObject | string;
}

/** What every endpoint that needs a key may refuse with. */
export const keyed = [
  'auth.missing_key',
  'auth.malformed_key',
  'auth.unknown_key',
  'auth.revoked_key',
  'auth.expired_key',
  'auth.wrong_network',
  'auth.wrong_origin',
  'tenant.suspended',
  'rate.limited',
  'internal',
] as const satisfies ErrorCode[];

/** What any endpoint may say to a key and a body. */
export const withBody = [
  ...keyed,
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'request.unsupported_media_type',
  'request.timeout',
] as const satisfies ErrorCode[];

/** What a task may refuse with. */
export const inference = [
  ...withBody,
  'idempotency.in_flight',
  'idempotency.mismatch',
  'language.unsupported',
  'language.undetected',
  'text.too_long',
  'deadline.exceeded',
  'quota.exceeded',
  'overloaded',
  'queue.unavailable',
  'payloads.unavailable',
  'limits.unavailable',
  'engine.failed',
  'engine.unavailable',
  'service.draining',
] as const satisfies ErrorCode[];

/** What it may say of an image. */
export const image = [
  'image.unsupported_format',
  'image.unreadable',
  'image.too_large',
] as const satisfies ErrorCode[];
