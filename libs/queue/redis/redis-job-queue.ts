import { randomUUID } from 'node:crypto';
import type { JobEnvelope, JobReply } from '#contracts';
import { JobQueue, type QueueDepth } from '#core';
import { AppError, isErrorCode } from '#kernel';
import { JobCostEstimator } from '../job-cost.estimator.js';
import { isReference } from '../payloads/payload.store.js';
import { WaitingJob } from '../waiting-job.js';
import { ArrivedReplies } from './arrived-replies.js';
import { PerTurn } from './per-turn.js';
import type { QueueParts } from './queue-parts.js';
import type { Entry, Probed, QueueLimits, Submitted } from './queue.scripts.js';
import { explainRedisError, overloaded, unavailable } from './redis.errors.js';
import { ReplyInbox } from './reply-inbox.js';
import type { SentJob } from './sent-job.js';

/** Payloads up to this travel in the entry: one round trip less. */
const maxInlineBytes = 16 * 1024;
/** A payload outlives the deadline by this, for a worker that is just taking it. */
const payloadGraceMs = 10_000;
/** The poll is a fallback: a published reply takes milliseconds. */
const pollIntervalMs = 1_000;
const sweepIntervalMs = 60_000;
const idsPerProbe = 256;
const forgetIntervalMs = 100;

/**
 * The gateway's half of the queue between machines: sends jobs, and sees each to its reply, its deadline or its caller's
 * departure. Nothing in Redis is the only copy of a job: what Redis lost in a crash is sent again.
 */
export class RedisJobQueue extends JobQueue {
  private readonly gatewayId = randomUUID();
  private readonly estimator = new JobCostEstimator();
  private readonly sent = new Map<string, SentJob>();
  private readonly submissions: PerTurn<Entry, Submitted>;
  private readonly arrived: ArrivedReplies;
  private readonly timers: NodeJS.Timeout[] = [];
  private inbox: ReplyInbox | undefined;
  private closing = false;

  /** @param depth how much waits of each task, as this process last heard */
  private constructor(
    private readonly parts: QueueParts,
    limits: QueueLimits,
    private readonly depth: () => QueueDepth[],
  ) {
    super();
    const { redis, scripts, handOver, onError } = parts;
    this.arrived = new ArrivedReplies(redis, onError);
    this.submissions = new PerTurn(async (task, entries) => {
      const { answers, released } = await scripts.submit(task, entries, limits);
      handOver.send(task, released);
      return answers;
    });
  }

  static async open(
    parts: QueueParts,
    limits: QueueLimits,
    depth: () => QueueDepth[],
  ): Promise<RedisJobQueue> {
    const queue = new RedisJobQueue(parts, limits, depth);
    const subscription = parts.redis.duplicate();
    subscription.on('error', parts.onError);
    await subscription.connect();
    queue.inbox = await ReplyInbox.open(subscription, queue.gatewayId, {
      onReply: (id, sealed) => queue.onReply(id, sealed),
      onResumed: () => queue.poll(0),
    });
    queue.timers.push(setInterval(() => queue.poll(pollIntervalMs), pollIntervalMs));
    queue.timers.push(setInterval(() => queue.forgetArrived(), forgetIntervalMs));
    queue.timers.push(setInterval(() => void parts.payloads.sweep().catch(parts.onError), sweepIntervalMs));
    return queue;
  }

  override submit(envelope: JobEnvelope, signal: AbortSignal): Promise<JobReply> {
    const refusal = this.refuse(envelope, signal);
    if (refusal !== undefined) return Promise.reject(refusal);
    const { task, requestId } = envelope;
    const payload = this.parts.codec.packJob(envelope);
    const job = new WaitingJob(
      envelope,
      signal,
      this.parts.clock,
      () => this.cancel(task, requestId),
      () => this.whyLate(),
    );
    const sent: SentJob = {
      task,
      job,
      entry: this.entry(envelope, payload),
      accepted: false,
      sentAt: performance.now(),
      replied: false,
    };
    this.sent.set(requestId, sent);
    void this.send(sent, payload);
    return job.promise.finally(() => this.end(sent));
  }

  override backlog(): QueueDepth[] {
    return this.depth();
  }

  override impairment(): string | undefined {
    return this.parts.outage.words ?? this.parts.payloads.outage;
  }

  /** Takes no new work, waits for replies until `deadlineAt`, then gives up what is left. */
  override async close(deadlineAt: number): Promise<void> {
    this.closing = true;
    const open = [...this.sent.values()].map(({ job }) => job);
    const answered = Promise.allSettled(open.map(({ promise }) => promise));
    const timeLeftMs = Math.max(0, deadlineAt - this.parts.clock.now());
    const timer = setTimeout(() => {
      for (const job of open) job.abandon(new AppError('service.draining'));
    }, timeLeftMs);
    await answered;
    clearTimeout(timer);
    for (const each of this.timers) clearInterval(each);
    this.forgetArrived();
    this.inbox?.close();
  }

  private refuse({ deadlineAt }: JobEnvelope, signal: AbortSignal): AppError | undefined {
    if (this.closing) return new AppError('service.draining', { retryAfterS: 1 });
    if (signal.aborted) return new AppError('request.cancelled');
    if (deadlineAt <= this.parts.clock.now()) return new AppError('deadline.exceeded');
    return this.parts.outage.lasts ? unavailable() : undefined;
  }

  /** While Redis is away no reply can come, whatever a worker has made of the job: it is Redis that is waited for. */
  private whyLate(): AppError {
    return this.parts.outage.hasBegun ? unavailable() : new AppError('deadline.exceeded');
  }

  private entry(envelope: JobEnvelope, payload: Buffer): Entry {
    const { requestId, tenantId, weight, lane, deadlineAt } = envelope;
    return {
      id: requestId,
      tenantId,
      weight,
      lane,
      costMs: this.estimator.predictMs(envelope),
      deadlineAt,
      gatewayId: this.gatewayId,
      payload: payload.length <= maxInlineBytes ? payload : Buffer.alloc(0),
      bytes: payload.length,
    };
  }

  /** Payload and entry leave together; a worker cannot take the entry before the payload is there. */
  private async send(sent: SentJob, payload?: Buffer): Promise<void> {
    const { task, job, entry } = sent;
    const { payloads, clock } = this.parts;
    try {
      if (payload !== undefined && isReference(entry.payload)) {
        const ttlMs = entry.deadlineAt - clock.now() + payloadGraceMs;
        entry.payload = await payloads.put(task, entry.id, payload, ttlMs);
        if (job.settled) {
          this.end(sent);
          return;
        }
      }
      const answer = await this.submissions.add(task, entry);
      if (answer.state === 'ok') {
        sent.accepted = true;
        if (job.settled) this.cancel(task, entry.id);
      } else {
        job.reject(overloaded(answer));
      }
    } catch (error) {
      job.reject(explainRedisError(error));
    }
  }

  private onReply(id: string, sealed: Buffer): void {
    const sent = this.sent.get(id);
    if (sent === undefined) return;
    const { task, job } = sent;
    sent.replied = true;
    this.arrived.add(task, id);
    try {
      const answer = this.parts.codec.unpackAnswer(sealed, id);
      if ('outcomes' in answer) {
        this.estimator.observe(job.envelope, answer);
        job.resolve(answer);
      } else {
        const { code, facts } = answer.error;
        job.reject(isErrorCode(code) ? new AppError(code, facts) : new AppError('internal'));
      }
    } catch (error) {
      job.reject(error);
    }
  }

  /** Nobody waits for it any more, whatever became of it; called again, it changes nothing. */
  private end(sent: SentJob): void {
    const { task, entry, replied } = sent;
    const { payloads, onError } = this.parts;
    // A retry under the first attempt's id may have come meanwhile.
    if (this.sent.get(entry.id) === sent) this.sent.delete(entry.id);
    if (!isReference(entry.payload)) return;
    // Without a reference of its own it lies where another gateway may just have put the next attempt's.
    if (replied || entry.payload.length > 0) payloads.delete(task, entry.id, entry.payload).catch(onError);
  }

  /** A job that nobody waits for costs nothing more, wherever it is. */
  private cancel(task: string, id: string): void {
    const { scripts, handOver, onError } = this.parts;
    scripts
      .cancel(task, id)
      .then((released) => handOver.send(task, released))
      .catch(onError);
  }

  /** Asks for jobs that have waited: their reply may have been missed, or Redis may have lost them in a crash. */
  private poll(olderThanMs: number): void {
    const before = performance.now() - olderThanMs;
    const late = [...this.sent.values()].filter((each) => each.accepted && each.sentAt <= before);
    for (const [task, jobs] of Map.groupBy(late, (each) => each.task))
      for (let i = 0; i < jobs.length; i += idsPerProbe)
        this.probe(task, jobs.slice(i, i + idsPerProbe)).catch(this.parts.onError);
  }

  private async probe(task: string, jobs: readonly SentJob[]): Promise<void> {
    const ids = jobs.map(({ entry }) => entry.id);
    const found: Probed[] = await this.parts.scripts.probe(task, ids);
    for (const [index, probed] of found.entries()) {
      const sent = jobs[index];
      if (sent === undefined || sent.job.settled) continue;
      if (probed.state === 'replied') this.onReply(sent.entry.id, probed.reply);
      else if (probed.state === 'unknown') await this.resend(sent);
    }
  }

  /** Redis forgot a job it had taken. Sending it again is safe: its usage counts once, by request id. */
  private async resend(sent: SentJob): Promise<void> {
    const inline = !isReference(sent.entry.payload);
    await this.send(sent, inline ? undefined : this.parts.codec.packJob(sent.job.envelope));
  }

  private forgetArrived(): void {
    if (!this.parts.outage.hasBegun) this.arrived.forget();
  }
}
