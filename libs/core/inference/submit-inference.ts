import { createHash } from 'node:crypto';
import type { z } from 'zod';
import {
  chosenModel,
  type ItemOutcome,
  type ItemReply,
  type ItemTimings,
  type JobEnvelope,
  type JobReply,
  type TaskContract,
  type UsageAmount,
} from '#contracts';
import { AppError, isErrorCode, newId, type Clock, type ErrorCode, type Principal } from '#kernel';
import { Admission, type Grant, type OnStandings } from '../ports/admission.js';
import { IdempotencyStore } from '../ports/idempotency-store.js';
import { JobQueue } from '../ports/job-queue.js';

/** One synchronous request, already parsed by its contract. */
export interface Submission {
  principal: Principal;
  task: TaskContract;
  input: unknown;
  requestId: string;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
  /** Milliseconds the caller is willing to wait; the contract's `timeoutMs` bounds it. */
  deadlineMs?: number;
  idempotencyKey?: string;
  /** W3C trace context that the job continues. */
  traceparent?: string;
  tracestate?: string;
  /** Hears where the tenant's limits stand, for the reply's headers. */
  onStandings?: OnStandings;
}

/** The reply every surface sends: the task's output and what every reply carries. */
export type InferenceReply = Record<string, unknown> & {
  requestId: string;
  model: string;
  usage: UsageAmount;
};

export interface Submitted {
  reply: InferenceReply;
  /** Longest of the items; absent for a replayed reply. */
  timings?: ItemTimings;
}

/** What is held past the deadline of work, until its process is taken for dead, milliseconds. */
const settleGraceMs = 5_000;

/** Our doing: the caller comes again, and is not to pay twice for that. */
const ourFault: readonly ErrorCode[] = [
  'overloaded',
  'queue.unavailable',
  'payloads.unavailable',
  'service.draining',
];

/**
 * The gateway's use case: contract → items → limits → queue → reply, at most once under an `Idempotency-Key`. A replayed
 * reply costs nothing.
 */
export class SubmitInference {
  constructor(
    private readonly queue: JobQueue,
    private readonly idempotency: IdempotencyStore,
    private readonly admission: Admission,
    private readonly clock: Clock,
    /** Dates what is remembered, also by later processes, where `clock` only measures. */
    private readonly calendar: Clock = clock,
  ) {}

  async execute(submission: Submission): Promise<Submitted> {
    const { idempotencyKey } = submission;
    return idempotencyKey === undefined ? this.run(submission) : this.runOnce(submission, idempotencyKey);
  }

  private async runOnce(submission: Submission, key: string): Promise<Submitted> {
    const { principal, task } = submission;
    const now = this.calendar.now();
    const begun = await this.idempotency.begin({
      tenantId: principal.tenantId,
      key,
      bodyHash: hashBody(task.id, submission.input),
      requestId: submission.requestId,
      now,
      lockedUntil: now + this.timeoutMs(submission),
    });
    switch (begun.state) {
      case 'replay':
        return { reply: begun.reply as InferenceReply };
      case 'mismatch':
        throw new AppError('idempotency.mismatch');
      case 'in_flight':
        throw new AppError('idempotency.in_flight', { retryAfterS: begun.retryAfterS });
      case 'started':
        return this.remember(submission, key, begun.requestId);
    }
  }

  private async remember(submission: Submission, key: string, requestId: string): Promise<Submitted> {
    const { tenantId } = submission.principal;
    const submitted = await this.run({ ...submission, requestId }).catch(async (error: unknown) => {
      await this.idempotency.abandon(tenantId, key);
      throw error;
    });
    // Not abandoned if this fails: the work is metered under `requestId`, which a retry must meet again.
    await this.idempotency.complete(tenantId, key, submitted.reply, this.calendar.now());
    return submitted;
  }

  private async run(submission: Submission): Promise<Submitted> {
    const { principal, task, requestId, onStandings } = submission;
    const input = submission.input as z.output<typeof task.input>;
    const { items, partial } = task.split(input);
    const units = items.reduce<number>((sum, item) => sum + task.amount(item), 0);
    const demand = { id: requestId, task: task.id, items: items.length, units };
    const holdMs = this.timeoutMs(submission) + settleGraceMs;
    const grant = await this.admission.admit(principal, demand, holdMs, onStandings);
    const job = await this.queue
      .submit(this.envelope(submission, input, items, units), submission.signal)
      .catch((error: unknown) => {
        throw giveBack(grant, error);
      });
    grant.settle(job.outcomes.flatMap((outcome) => (outcome.ok ? [outcome] : [])));
    return this.reply(task, input, job, partial);
  }

  private envelope(submission: Submission, input: object, items: unknown[], units: number): JobEnvelope {
    const { principal, task, requestId, idempotencyKey, traceparent, tracestate } = submission;
    const submittedAt = this.clock.now();
    const model = chosenModel(input);
    return {
      version: 1,
      requestId,
      tenantId: principal.tenantId,
      keyId: principal.keyId,
      task: task.id,
      items,
      units,
      lane: 'interactive',
      weight: principal.weight,
      submittedAt,
      deadlineAt: submittedAt + this.timeoutMs(submission),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
      ...(model !== undefined && { models: items.map(() => model) }),
    };
  }

  private reply(
    task: TaskContract,
    input: z.output<TaskContract['input']>,
    job: JobReply,
    partial: boolean,
  ): Submitted {
    const failed = job.outcomes.find((outcome) => !outcome.ok);
    if (failed !== undefined && !partial) throw errorOf(failed.error);
    const answered = job.outcomes.filter((outcome) => outcome.ok);
    const reply = {
      ...task.reply(job.outcomes.map(toItemReply), input),
      requestId: job.requestId,
      model: [...new Set(answered.map(({ model }) => model))].join(','),
      usage: { unit: task.unit, amount: answered.reduce((sum, { units }) => sum + units, 0) },
    };
    return { reply, timings: longestTimings(job.outcomes) };
  }

  private timeoutMs({ task, deadlineMs }: Submission): number {
    return Math.min(task.timeoutMs, deadlineMs ?? task.timeoutMs);
  }
}

/** A new id for a request; the surfaces give it to the log, the reply and the meter alike. */
export const newRequestId = () => newId('req');

function giveBack(grant: Grant, error: unknown): unknown {
  if (ourFault.includes(AppError.from(error).code)) grant.revoke();
  else grant.settle([]);
  return error;
}

function errorOf(error: { code: string; facts: Record<string, unknown> }): AppError {
  return isErrorCode(error.code) ? new AppError(error.code, error.facts) : new AppError('internal');
}

function toItemReply(outcome: ItemOutcome): ItemReply<unknown> {
  if (outcome.ok) return { ok: true, output: outcome.output };
  const { code, message, retryable } = errorOf(outcome.error);
  return { ok: false, error: { code, detail: message, retryable } };
}

/** Items run side by side: of each phase, the longest counts. */
export function longestTimings(outcomes: readonly ItemOutcome[]): ItemTimings {
  const most = (of: keyof ItemTimings) => Math.max(...outcomes.map(({ timings }) => timings[of]));
  return {
    queueMs: most('queueMs'),
    batchMs: most('batchMs'),
    encodeMs: most('encodeMs'),
    inferenceMs: most('inferenceMs'),
    decodeMs: most('decodeMs'),
    computeMs: most('computeMs'),
    paddingMs: most('paddingMs'),
  };
}

/** Images are hashed as they are; JSON of a parsed input has one key order, so equal bodies hash alike. */
function hashBody(taskId: string, input: unknown): Uint8Array {
  const hash = createHash('sha256').update(taskId);
  const json = JSON.stringify(input, (_, value: unknown) => {
    if (!(value instanceof Uint8Array) && !isBufferJson(value)) return value;
    return createHash('sha256')
      .update(value instanceof Uint8Array ? value : Uint8Array.from(value.data))
      .digest('hex');
  });
  return hash.update(json).digest();
}

/** `Buffer` defines toJSON, which JSON.stringify applies before the replacer sees the value. */
function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'Buffer' &&
    'data' in value
  );
}
