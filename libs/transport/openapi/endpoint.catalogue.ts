import type { z } from 'zod';
import {
  deliveryQuery,
  estimateQuery,
  pageQuery,
  usageQuery,
  usageReport,
  type TaskContract,
} from '#contracts';
import type { ErrorCode } from '#kernel';
import { tasks } from '#tasks';
import { fileFields } from '../input/form-body.js';
import { estimateReply } from '../views/estimate.view.js';
import { health, languageList, limitList, modelList } from '../views/catalogue.views.js';
import {
  deliveryListReply,
  deliveryReply,
  webhookSecretReply,
  jobBody,
  jobListReply,
  jobReply,
  jobResultsReply,
  submittedJobReply,
} from '../views/job.views.js';
import { invoiceReply } from '../views/invoice.views.js';
import { maxBodyBytes, maxFileBodyBytes } from '../views/limits.js';

/** One HTTP endpoint: what routing, the guard, the API reference and the tests need to agree on. */
export interface Endpoint {
  method: 'GET' | 'POST' | 'DELETE';
  /** As the router writes it: `/v1/jobs/:id`. */
  path: string;
  operationId: string;
  summary: string;
  tag: 'inference' | 'jobs' | 'webhooks' | 'catalogue' | 'usage' | 'operations' | 'reference';
  /** Served without a key. */
  public?: true;
  bodyLimitBytes?: number;
  errors: readonly ErrorCode[];
  task?: TaskContract;
  query?: z.ZodObject;
  /** JSON body of an endpoint that is not a task's. */
  body?: z.ZodObject;
  /** Takes its inputs as JSON lines too. */
  lines?: true;
  /** Takes `Idempotency-Key`. */
  idempotent?: true;
  /** Answers CSV too, where `Accept` asks for it. */
  csv?: true;
  /** Status of a good reply; 200 when it is not said. */
  status?: 200 | 202;
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

/** What any endpoint may say to a key and a body. */
const withBody = [
  ...keyed,
  'request.malformed',
  'request.invalid',
  'request.too_large',
  'request.unsupported_media_type',
  'request.timeout',
] as const satisfies ErrorCode[];

const inference = [
  ...withBody,
  'idempotency.in_flight',
  'idempotency.mismatch',
  'language.unsupported',
  'language.undetected',
  'text.too_long',
  'deadline.exceeded',
  'rate.limited',
  'quota.exceeded',
  'overloaded',
  'limits.unavailable',
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

const jobs: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/v1/jobs',
    operationId: 'submitJob',
    summary: 'Submit many inputs of one task, to be answered in the background',
    tag: 'jobs',
    bodyLimitBytes: maxFileBodyBytes,
    errors: [
      ...withBody,
      'idempotency.in_flight',
      'idempotency.mismatch',
      'rate.limited',
      'quota.exceeded',
      'overloaded',
      'limits.unavailable',
      'service.draining',
    ],
    body: jobBody,
    lines: true,
    idempotent: true,
    status: 202,
    reply: submittedJobReply,
  },
  get('/v1/jobs', {
    operationId: 'jobs',
    summary: 'The jobs of this tenant, newest first',
    tag: 'jobs',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: pageQuery,
    reply: jobListReply,
  }),
  get('/v1/jobs/:id', {
    operationId: 'job',
    summary: 'Status and progress of a job',
    tag: 'jobs',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    reply: jobReply,
  }),
  get('/v1/jobs/:id/results', {
    operationId: 'jobResults',
    summary: 'Results of a job in the order of its inputs, also while it runs',
    tag: 'jobs',
    errors: [...keyed, 'request.invalid', 'resource.not_found', 'overloaded'],
    query: pageQuery,
    reply: jobResultsReply,
  }),
  {
    method: 'DELETE',
    path: '/v1/jobs/:id',
    operationId: 'cancelJob',
    summary: 'Cancel a job; one that has ended stays as it is',
    tag: 'jobs',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    reply: jobReply,
  },
];

const webhooks: readonly Endpoint[] = [
  get('/v1/webhooks/secret', {
    operationId: 'webhookSecret',
    summary: 'What the webhooks of this tenant are signed with',
    tag: 'webhooks',
    errors: [...keyed, 'overloaded'],
    reply: webhookSecretReply,
  }),
  {
    method: 'POST',
    path: '/v1/webhooks/secret/rotate',
    operationId: 'rotateWebhookSecret',
    summary: 'Replace the secret; for 24 hours webhooks carry signatures of both',
    tag: 'webhooks',
    errors: [...keyed, 'overloaded'],
    reply: webhookSecretReply,
  },
  get('/v1/webhooks/deliveries', {
    operationId: 'webhookDeliveries',
    summary: 'What became of each webhook, newest first',
    tag: 'webhooks',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: deliveryQuery,
    reply: deliveryListReply,
  }),
  {
    method: 'POST',
    path: '/v1/webhooks/deliveries/:id/replay',
    operationId: 'replayWebhookDelivery',
    summary: 'Send a webhook again, now',
    tag: 'webhooks',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    status: 202,
    reply: deliveryReply,
  },
];

/** Every endpoint there is, the tasks' from their contracts. */
export const endpoints: readonly Endpoint[] = [
  ...tasks.map(inferenceEndpoint),
  ...jobs,
  ...webhooks,
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
    summary: 'What a request must keep to, and what is left of the limits of this tenant',
    tag: 'catalogue',
    errors: [...keyed, 'limits.unavailable'],
    reply: limitList,
  }),
  {
    method: 'POST',
    path: '/v1/estimate',
    operationId: 'estimate',
    summary: 'What a request would cost, and whether it would be admitted now; takes nothing',
    tag: 'usage',
    bodyLimitBytes: maxFileBodyBytes,
    errors: [...withBody, 'overloaded', 'limits.unavailable', 'service.draining'],
    body: estimateQuery,
    reply: estimateReply,
  },
  get('/v1/usage', {
    operationId: 'usage',
    summary: 'What this tenant used, by hour, day or month',
    tag: 'usage',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: usageQuery,
    csv: true,
    reply: usageReport,
  }),
  get('/v1/invoices/:month', {
    operationId: 'invoice',
    summary: 'What this tenant owes for a calendar month in UTC, such as `2026-11`',
    tag: 'usage',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    reply: invoiceReply,
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
