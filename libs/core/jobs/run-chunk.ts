import type { z } from 'zod';
import {
  chosenModel,
  type ItemOutcome,
  type JobEnvelope,
  type JobReply,
  type JobResult,
  type TaskContract,
} from '#contracts';
import { AppError, isErrorCode, type Clock, type ErrorCode } from '#kernel';
import type { Spent } from '../ports/admission.js';
import type { JobQueue } from '../ports/job-queue.js';
import type { ChunkOutcome, LeasedChunk } from '../ports/job-work-store.js';

/** Bulk work waits for what interactive work leaves; this only ends what nobody will ever answer. */
const deadlineMs = 10 * 60_000;
/** An input whose error may pass is tried this often before the error is its result. */
const maxAttempts = 5;
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
const longestPauseMs = 30_000;

/** The queue took none of it, or gave it up without an answer: the chunk goes back as it was. */
const refusals: readonly ErrorCode[] = [
  'overloaded',
  'queue.unavailable',
  'payloads.unavailable',
  'service.draining',
  'request.cancelled',
  'deadline.exceeded',
];

/** Nothing of the chunk is known to be answered; it is to be taken again after `delayMs`. */
export class ChunkRefused extends Error {
  constructor(
    readonly delayMs: number,
    cause: unknown,
  ) {
    super('The queue refused a chunk', { cause });
  }
}

/** What the outcomes of a chunk amount to. */
type Settled = Pick<ChunkOutcome, 'computeMs' | 'settledUnits'> & { spent: Spent[] };

/** An input that the contract accepts, and its place in the chunk. */
interface Ready {
  place: number;
  input: z.output<TaskContract['input']>;
  item: unknown;
}

/**
 * Answers the inputs of a chunk that have no result yet, through the queue.
 *
 * The first attempt is one envelope. What may pass by itself, or fails the envelope as a whole, is tried again input
 * by input, so that one that breaks its envelope breaks nothing but its own result. Request ids follow from job,
 * chunk and attempt: whoever takes over the lease of a dead runner sends the same ones, and the meter counts once.
 */
export class RunChunk {
  constructor(
    private readonly queue: JobQueue,
    private readonly findTask: (id: string) => TaskContract | undefined,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** @throws ChunkRefused */
  async execute(chunk: LeasedChunk, signal: AbortSignal): Promise<ChunkOutcome> {
    const results = [...chunk.results];
    const task = this.findTask(chunk.task);
    const ready: Ready[] = [];
    for (const [place, input] of chunk.inputs.entries()) {
      if (results[place] != null) continue;
      const parsed = task === undefined ? undefined : parse(task, place, input);
      if (parsed === undefined) results[place] = failed(chunk, place, new AppError('request.invalid'));
      else ready.push(parsed);
    }
    const settled: Settled = { computeMs: 0, settledUnits: 0, spent: [] };
    if (task !== undefined && ready.length > 0) {
      const outcomes = await this.answer(chunk, task, ready, signal);
      for (const [i, { place, input, item }] of ready.entries()) {
        const outcome = outcomes[i];
        if (outcome === undefined) continue;
        const result = this.resultOf(chunk, task, place, input, outcome);
        settled.computeMs += outcome.timings.computeMs;
        if (result !== null) settled.settledUnits += task.amount(item);
        if (outcome.ok) settled.spent.push(outcome);
        results[place] = result;
      }
    }
    return { results, retryInMs: this.backoffMs(chunk.attempt), ...settled };
  }

  private async answer(
    chunk: LeasedChunk,
    task: TaskContract,
    ready: readonly Ready[],
    signal: AbortSignal,
  ): Promise<ItemOutcome[]> {
    const base = `${chunk.jobId}.${chunk.firstIndex}`;
    if (chunk.attempt === 0) return this.submit(chunk, task, ready, base, signal);
    const settled = await Promise.allSettled(
      ready.map((one) => this.submit(chunk, task, [one], `${base}.${chunk.attempt}.${one.place}`, signal)),
    );
    return settled.flatMap((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
  }

  private async submit(
    { tenantId, keyId, weight, trace }: LeasedChunk,
    task: TaskContract,
    ready: readonly Ready[],
    requestId: string,
    signal: AbortSignal,
  ): Promise<ItemOutcome[]> {
    const submittedAt = this.clock.now();
    const items = ready.map(({ item }) => item);
    const models = ready.map(({ input }) => chosenModel(input) ?? null);
    const envelope: JobEnvelope = {
      version: 1,
      requestId,
      tenantId,
      keyId,
      task: task.id,
      items,
      units: items.reduce<number>((sum, item) => sum + task.amount(item), 0),
      lane: 'bulk',
      weight,
      submittedAt,
      deadlineAt: submittedAt + deadlineMs,
      ...trace,
      ...(models.some((model) => model !== null) && { models }),
    };
    const reply: JobReply | AppError = await this.queue
      .submit(envelope, signal)
      .catch((error: unknown) => AppError.from(error));
    if (!(reply instanceof AppError)) return reply.outcomes;
    if (refusals.includes(reply.code)) throw new ChunkRefused(this.pauseMs(reply), reply);
    const error = { code: reply.code, facts: { ...reply.facts } };
    return ready.map(() => ({ ok: false, error, timings: noTimings }));
  }

  private resultOf(
    chunk: LeasedChunk,
    task: TaskContract,
    place: number,
    input: z.output<TaskContract['input']>,
    outcome: ItemOutcome,
  ): JobResult | null {
    if (outcome.ok) {
      const { output, model, units } = outcome;
      return {
        index: chunk.firstIndex + place,
        output: task.reply([{ ok: true, output }], input),
        model,
        usage: { unit: task.unit, amount: units },
      };
    }
    const { code, facts } = outcome.error;
    const error = isErrorCode(code) ? new AppError(code, facts) : new AppError('internal');
    const mayPass = error.retryable && chunk.attempt + 1 < maxAttempts;
    return mayPass ? null : failed(chunk, place, error);
  }

  private pauseMs({ facts }: AppError): number {
    const askedMs = (facts.retryAfterS ?? 1) * 1_000;
    return Math.min(longestPauseMs, askedMs) * (1 + this.random() / 2);
  }

  private backoffMs(attempt: number): number {
    return Math.min(longestRetryMs, firstRetryMs * 2 ** attempt) * (1 + this.random() / 2);
  }
}

/** A newer program may refuse what an older one accepted; then it is this input's failure. */
function parse(task: TaskContract, place: number, unparsed: unknown): Ready | undefined {
  const parsed = task.input.safeParse(unparsed);
  if (!parsed.success) return undefined;
  const [item, ...others] = task.split(parsed.data).items;
  return item === undefined || others.length > 0 ? undefined : { place, input: parsed.data, item };
}

function failed({ firstIndex }: LeasedChunk, place: number, error: AppError): JobResult {
  const { code, message, retryable } = error;
  return { index: firstIndex + place, error: { code, detail: message, retryable } };
}

const noTimings = {
  queueMs: 0,
  batchMs: 0,
  encodeMs: 0,
  inferenceMs: 0,
  decodeMs: 0,
  computeMs: 0,
  paddingMs: 0,
};
