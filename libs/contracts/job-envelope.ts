import { z } from 'zod';

/**
 * What travels from gateway to worker. Versioned: a worker reads every version up to its own. Items are parsed a
 * second time by the task's `item` schema, so a queue that was tampered with cannot reach a model.
 */
export const jobEnvelope = z.object({
  version: z.literal(1),
  /** Also the metering key: (tenant, request, item) is unique. */
  requestId: z.string(),
  tenantId: z.string(),
  keyId: z.string(),
  task: z.string(),
  items: z.array(z.unknown()).min(1),
  /** Billed units of all items: the size by which the queue predicts cost before any tokenizer has seen the text. */
  units: z.number().nonnegative(),
  lane: z.enum(['interactive', 'bulk']),
  /** Fair-share weight of the tenant's plan. */
  weight: z.number().positive(),
  /** Milliseconds since the epoch, by the installation's one clock. */
  submittedAt: z.number(),
  deadlineAt: z.number(),
  /** W3C trace context of the request. */
  traceparent: z.string().optional(),
  tracestate: z.string().optional(),
  idempotencyKey: z.string().optional(),
  /** Of each item, the model that must answer, `name` or `name@revision`; null, or all absent, where any may. */
  models: z.array(z.string().nullable()).optional(),
});
export type JobEnvelope = z.infer<typeof jobEnvelope>;

/** W3C trace context: the trace that work belongs to, and whether it is recorded. */
export type TraceContext = Pick<JobEnvelope, 'traceparent' | 'tracestate'>;

/** Where an item's time went, in milliseconds. `compute` is its share of the batch, padding included. */
export const itemTimings = z.object({
  queueMs: z.number(),
  batchMs: z.number(),
  encodeMs: z.number(),
  inferenceMs: z.number(),
  decodeMs: z.number(),
  computeMs: z.number(),
  paddingMs: z.number(),
});
export type ItemTimings = z.infer<typeof itemTimings>;

const itemOk = z.object({
  ok: z.literal(true),
  output: z.unknown(),
  model: z.string(),
  units: z.int().nonnegative(),
  timings: itemTimings,
});
const itemFailed = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.string(), facts: z.record(z.string(), z.unknown()) }),
  timings: itemTimings,
});
export const itemOutcome = z.discriminatedUnion('ok', [itemOk, itemFailed]);
export type ItemOutcome = z.infer<typeof itemOutcome>;

/** What travels back: one outcome per item, in the order of the envelope. */
export const jobReply = z.object({
  version: z.literal(1),
  requestId: z.string(),
  outcomes: z.array(itemOutcome),
});
export type JobReply = z.infer<typeof jobReply>;

/** A job that failed as a whole, under its catalogue code. */
export const jobFailure = z.object({
  version: z.literal(1),
  requestId: z.string(),
  error: z.object({ code: z.string(), facts: z.record(z.string(), z.unknown()) }),
});
export type JobFailure = z.infer<typeof jobFailure>;

/** What a worker sends a gateway. */
export const jobAnswer = z.union([jobReply, jobFailure]);
export type JobAnswer = z.infer<typeof jobAnswer>;
