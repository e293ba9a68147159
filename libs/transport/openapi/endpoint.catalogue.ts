import {
  deliveryQuery,
  estimateQuery,
  pageQuery,
  usageQuery,
  usageReport,
  type TaskContract,
} from '#contracts';
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
import { invoiceArgs, invoiceReply } from '../views/invoice.views.js';
import { maxBodyBytes, maxFileBodyBytes } from '../views/limits.js';
import { adminEndpoints } from './admin.endpoints.js';
import { inspectionEndpoints } from './inspection.endpoints.js';
import { openInferenceEndpoints } from './open-inference.endpoints.js';
import { videoEndpoints } from './video.endpoints.js';
import { image, inference, keyed, withBody, type Endpoint } from './endpoint.types.js';

function inferenceEndpoint(task: TaskContract): Endpoint {
  const takesFile = fileFields(task.input).length > 0;
  return {
    method: 'POST',
    path: task.path,
    operationId: task.field,
    summary: task.summary,
    tag: 'inference',
    scope: task.id,
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
    scope: 'jobs:write',
    bodyLimitBytes: maxFileBodyBytes,
    errors: [
      ...withBody,
      'idempotency.in_flight',
      'idempotency.mismatch',
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
    scope: 'jobs:read',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: pageQuery,
    reply: jobListReply,
  }),
  get('/v1/jobs/:id', {
    operationId: 'job',
    summary: 'Status and progress of a job',
    tag: 'jobs',
    scope: 'jobs:read',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    reply: jobReply,
  }),
  get('/v1/jobs/:id/results', {
    operationId: 'jobResults',
    summary: 'Results of a job in the order of its inputs, also while it runs',
    tag: 'jobs',
    scope: 'jobs:read',
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
    scope: 'jobs:write',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    reply: jobReply,
  },
];

const webhooks: readonly Endpoint[] = [
  get('/v1/webhooks/secret', {
    operationId: 'webhookSecret',
    summary: 'What the webhooks of this tenant are signed with',
    tag: 'webhooks',
    scope: 'webhooks:read',
    errors: [...keyed, 'overloaded'],
    reply: webhookSecretReply,
  }),
  {
    method: 'POST',
    path: '/v1/webhooks/secret/rotate',
    operationId: 'rotateWebhookSecret',
    summary: 'Replace the secret; for 24 hours webhooks carry signatures of both',
    tag: 'webhooks',
    scope: 'webhooks:write',
    errors: [...keyed, 'overloaded'],
    reply: webhookSecretReply,
  },
  get('/v1/webhooks/deliveries', {
    operationId: 'webhookDeliveries',
    summary: 'What became of each webhook, newest first',
    tag: 'webhooks',
    scope: 'webhooks:read',
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
    scope: 'webhooks:write',
    errors: [...keyed, 'resource.not_found', 'overloaded'],
    status: 202,
    reply: deliveryReply,
  },
];

const all: readonly Endpoint[] = [
  ...tasks.map(inferenceEndpoint),
  ...inspectionEndpoints,
  ...jobs,
  ...videoEndpoints,
  ...webhooks,
  ...adminEndpoints,
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
    scope: 'usage:read',
    errors: [...keyed, 'request.invalid', 'overloaded'],
    query: usageQuery,
    csv: true,
    reply: usageReport,
  }),
  get('/v1/invoices/:month', {
    operationId: 'invoice',
    summary: 'What this tenant owes for a calendar month in UTC, such as `2026-11`',
    params: invoiceArgs,
    tag: 'usage',
    scope: 'usage:read',
    errors: [...keyed, 'request.invalid', 'invoice.out_of_range', 'overloaded'],
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
  ...openInferenceEndpoints,
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

/** Every endpoint there is, the tasks' from their contracts. */
export const endpoints: readonly Endpoint[] = all.map((endpoint) =>
  endpoint.scope === undefined && endpoint.path !== '/graphql'
    ? endpoint
    : { ...endpoint, errors: [...endpoint.errors, 'auth.missing_scope'] },
);
