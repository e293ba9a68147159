import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '#kernel';
import { readableHeaders } from '#transport';

const allowedHeaders =
  'Authorization, Content-Type, Idempotency-Key, X-Deadline-Ms, traceparent, tracestate, Inference-Header-Content-Length';
const exposedHeaders = readableHeaders.join(', ');
/** Browsers cap it at two hours or less. */
const preflightMaxAgeS = 7_200;

/** What a browser asks before it sends a request with a key to another origin. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/**
 * Answered alike for every origin: a preflight carries no key, so whose plan it is about cannot be known, and it lets
 * nothing through. The reply that follows names the origin, or does not, by the plan of its key.
 */
export function answerPreflight(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  methods: readonly string[],
): void {
  void reply
    .code(204)
    .headers({
      'Access-Control-Allow-Origin': headers.origin,
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': allowedHeaders,
      'Access-Control-Max-Age': String(preflightMaxAgeS),
      Vary: 'Origin',
    })
    .send();
}

/** Lets a page read this reply where the key's plan names its origin. Replies never allow cookies. */
export function allowOrigin({ headers }: FastifyRequest, reply: FastifyReply, { plan }: Principal): void {
  const { origin } = headers;
  if (origin === undefined) return;
  void reply.header('Vary', 'Origin');
  if (!plan.corsOrigins.includes('*') && !plan.corsOrigins.includes(origin)) return;
  void reply.headers({
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': exposedHeaders,
  });
}
