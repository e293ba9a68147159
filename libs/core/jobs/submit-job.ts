import { createHash } from 'node:crypto';
import { z } from 'zod';
import { jobStatus, maxUploadInputs, type TaskContract, type TraceContext } from '#contracts';
import { AppError, type Clock, type Principal } from '#kernel';
import { assertScope } from '../identity/scopes.js';
import { Admission, type OnStandings } from '../ports/admission.js';
import { IdempotencyStore } from '../ports/idempotency-store.js';
import { JobStore, type Job } from '../ports/job-store.js';
import type { VideoOfJob } from '../ports/video-store.js';
import { batchInputs } from './chunk-inputs.js';

/** One input: its JSON text, and the units that it is billed at most. */
export interface JobInput {
  text: string;
  units: number;
}

/** Inputs that the task's contract accepts. Iterating throws for one that it does not. */
export interface JobInputs {
  inputs: AsyncIterable<JobInput>;
  /** SHA-256 of everything that was read, once it has been read whole; tells two bodies under one key apart. */
  digest: () => Uint8Array;
  /** What is kept of the video that they are the frames of, once they have been read whole. */
  video?: () => VideoOfJob;
}

export interface JobSubmission {
  principal: Principal;
  task: TaskContract;
  inputs: JobInputs;
  webhook?: string;
  requestId: string;
  idempotencyKey?: string;
  /** How long the inputs may take to arrive; another attempt under the same key waits for that long, milliseconds. */
  timeoutMs: number;
  trace: TraceContext;
  /** Hears where the tenant's limits stand, for the reply's headers. */
  onStandings?: OnStandings;
}

/** What the submitter is told, at once and under the same `Idempotency-Key` again. */
export const submittedJob = z.object({ id: z.string(), status: jobStatus, requestId: z.string() });
export type SubmittedJob = z.infer<typeof submittedJob>;

const dayMs = 86_400_000;

const remembered = z.object({ reply: submittedJob, digest: z.string() });

/** Stores a job batch by batch and publishes it when the last input is in: a broken upload leaves nothing to run. */
export class SubmitJob {
  constructor(
    private readonly jobs: JobStore,
    private readonly idempotency: IdempotencyStore,
    private readonly admission: Admission,
    private readonly calendar: Clock,
    /** Told that there is work, so that it starts at once. */
    private readonly onPublished: (job: Job) => void,
  ) {}

  /**
   * @throws AppError what reading the inputs throws; `auth.missing_scope` for the task, `rate.limited`,
   *   `quota.exceeded`, `limits.unavailable`, `idempotency.*`
   */
  async execute(submission: JobSubmission): Promise<SubmittedJob> {
    const { idempotencyKey, principal, task } = submission;
    assertScope(principal, task.id);
    return idempotencyKey === undefined ? this.store(submission) : this.storeOnce(submission, idempotencyKey);
  }

  /**
   * The key is claimed before the first input is read, by what is known then (task and webhook); the inputs are
   * compared by their digest, which a repeated upload is read for and not stored.
   */
  private async storeOnce(submission: JobSubmission, key: string): Promise<SubmittedJob> {
    const { principal, task, webhook, requestId, timeoutMs } = submission;
    const { tenantId } = principal;
    const now = this.calendar.now();
    const begun = await this.idempotency.begin({
      tenantId,
      key,
      bodyHash: sha256(JSON.stringify(['job', task.id, webhook])),
      requestId,
      now,
      lockedUntil: now + timeoutMs,
    });
    switch (begun.state) {
      case 'mismatch':
        throw new AppError('idempotency.mismatch');
      case 'in_flight':
        throw new AppError('idempotency.in_flight', { retryAfterS: begun.retryAfterS });
      case 'replay':
        return replay(remembered.parse(begun.reply), submission.inputs);
      case 'started': {
        const reply = await this.store({ ...submission, requestId: begun.requestId }).catch(
          async (error: unknown) => {
            await this.idempotency.abandon(tenantId, key);
            throw error;
          },
        );
        const digest = hex(submission.inputs.digest());
        await this.idempotency.complete(tenantId, key, { reply, digest }, this.calendar.now());
        return reply;
      }
    }
  }

  private async store(submission: JobSubmission): Promise<SubmittedJob> {
    const { principal, task, inputs, webhook, requestId, trace } = submission;
    const { tenantId, keyId, weight } = principal;
    // The job's id follows from the request's: an attempt that takes over from a crashed one meets its job.
    const id = requestId.replace(/^req_/, 'job_');
    const draft = {
      tenantId,
      id,
      keyId,
      task: task.id,
      weight,
      trace,
      ...(webhook !== undefined && { webhook }),
    };
    const reply: SubmittedJob = { id, status: 'queued', requestId };
    if ((await this.jobs.open(draft)) !== undefined) {
      await drain(inputs);
      return reply;
    }
    try {
      const counted = new CountedInputs(inputs);
      for await (const batch of batchInputs(counted.texts())) await this.jobs.append(tenantId, id, batch);
      if (counted.total === 0)
        throw new AppError('request.invalid', { detail: 'A job needs at least one input' });
      this.onPublished(await this.publish(submission, id, counted));
    } catch (error) {
      // What cannot be removed now is swept later; the caller hears why the job was refused, not that.
      await this.jobs.discard(tenantId, id).catch(() => undefined);
      throw error;
    }
    return reply;
  }

  /** Holds quota and budget for all inputs first: how many units they are is known when the last one is in. */
  private async publish(
    { principal, task, onStandings, inputs }: JobSubmission,
    id: string,
    { total, units }: CountedInputs,
  ): Promise<Job> {
    const { tenantId, plan } = principal;
    const demand = { id, task: task.id, items: total, units };
    const held = await this.admission.admitJob(principal, demand, plan.retentionDays * dayMs, onStandings);
    try {
      const video = inputs.video?.();
      return await this.jobs.publish(tenantId, id, {
        total,
        heldUnits: held ? units : null,
        ...(video && { video }),
      });
    } catch (error) {
      if (held) this.admission.endJob(tenantId, id);
      throw error;
    }
  }
}

/** Counts inputs and their units as they pass by. */
class CountedInputs {
  total = 0;
  units = 0;

  constructor(private readonly source: JobInputs) {}

  /** @throws AppError `request.too_large` past the most inputs of a job */
  async *texts(): AsyncGenerator<string> {
    for await (const { text, units } of this.source.inputs) {
      this.total += 1;
      this.units += units;
      if (this.total > maxUploadInputs) {
        const limit = { name: 'job.inputs', value: maxUploadInputs, unit: 'inputs' };
        const detail = `A job has at most ${maxUploadInputs} inputs`;
        throw new AppError('request.too_large', { detail, limit });
      }
      yield text;
    }
  }
}

async function replay(
  { reply, digest }: z.infer<typeof remembered>,
  inputs: JobInputs,
): Promise<SubmittedJob> {
  await drain(inputs);
  if (hex(inputs.digest()) !== digest) throw new AppError('idempotency.mismatch');
  return reply;
}

/** Reads to the end: for the digest, and so that the connection is left in order. */
async function drain({ inputs }: JobInputs): Promise<void> {
  const iterator = inputs[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
