import { WaitingError, Worker, type Job } from 'bullmq';
import type { JobAnswer, JobEnvelope } from '#contracts';
import type { JobHandler } from '#core';
import { AppError } from '#kernel';
import { isReference } from '../payloads/payload.store.js';
import { JobConcurrency } from './job-concurrency.js';
import { parseParcel } from './parcel.js';
import { PerTurn } from './per-turn.js';
import { bullPrefix, bullQueueName } from './queue-keys.js';
import type { QueueParts } from './queue-parts.js';
import type { Claimed, Settled } from './queue.scripts.js';
import { RunningJobs } from './running-jobs.js';

/**
 * A worker that dies is noticed when its locks run out, at the next check of any other: its jobs start again within
 * three seconds. Short, because somebody waits for each; a worker's main loop never runs a model, so it renews in time.
 */
const lockMs = 2_000;
const stalledCheckMs = 1_000;
/** Times a job may be taken: one that its worker died of again and again is refused, not handed on for ever. */
const maxClaims = 3;
/** A reply that its gateway missed is kept until its deadline, and this much longer. */
const replyGraceMs = 5_000;

type TakenEntry = Extract<Claimed, { state: 'taken' }>;
/** Of an entry that this worker could not finish. */
const handedBack = Symbol('handed back');

export interface ReceiverOptions {
  tasks: readonly string[];
  /** Predicted engine milliseconds that this worker may hold: its part of the release window. */
  windowMs: number;
}

/** The worker's half of the queue: takes released jobs of its tasks, runs them, and sends what became of them. */
export class RedisJobReceiver {
  private readonly workers: Worker[];
  private readonly concurrency: JobConcurrency;
  private readonly settlements: PerTurn<Settled, undefined>;

  private constructor(
    private readonly parts: QueueParts,
    { tasks, windowMs }: ReceiverOptions,
    private readonly running: RunningJobs,
    private readonly handler: JobHandler,
  ) {
    this.concurrency = new JobConcurrency(windowMs);
    this.settlements = new PerTurn(async (task, settled) => {
      parts.handOver.send(task, await parts.scripts.settle(task, settled));
      return settled.map(() => undefined);
    });
    this.workers = tasks.map((task) => this.listen(task));
  }

  static async open(
    parts: QueueParts,
    options: ReceiverOptions,
    handler: JobHandler,
  ): Promise<RedisJobReceiver> {
    const subscription = parts.redis.duplicate();
    subscription.on('error', parts.onError);
    await subscription.connect();
    const running = await RunningJobs.open(subscription, options.tasks, parts.clock);
    return new RedisJobReceiver(parts, options, running, handler);
  }

  /** Takes no new jobs, lets running ones finish until `deadlineAt`, and hands back what is left. */
  async close(deadlineAt: number): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.pause(true)));
    await this.running.drain(deadlineAt);
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.running.close();
  }

  private listen(task: string): Worker {
    const worker = new Worker(bullQueueName, (job, token) => this.process(task, job, token), {
      connection: this.parts.redis,
      prefix: bullPrefix(task),
      concurrency: this.concurrency.value,
      lockDuration: lockMs,
      stalledInterval: stalledCheckMs,
      // The claims of the entry count; BullMQ's own count would end a job without a reply.
      maxStalledCount: 1_000,
    });
    worker.on('error', this.parts.onError);
    return worker;
  }

  private async process(task: string, job: Job, token: string | undefined): Promise<void> {
    const { scripts, handOver } = this.parts;
    const claimed = await scripts.claim(task, job.id ?? '', parseParcel(job));
    handOver.send(
      task,
      claimed.flatMap(({ state, id }) => (state === 'alone' ? [[id]] : [])),
    );
    const taken = claimed.filter((each) => each.state === 'taken');
    const ends = await Promise.allSettled(taken.map((entry) => this.run(task, entry)));
    this.observe(ends);
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (ends.some((end) => end.status === 'fulfilled' && end.value === handedBack)) {
      // Another worker takes them at once: nothing was sent, and what was metered counts once.
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  /** Sees an entry to its end. @returns the engine time that it took, milliseconds */
  private async run(task: string, { id, payload, claims }: TakenEntry): Promise<number | typeof handedBack> {
    const { scripts, codec, clock } = this.parts;
    const { answer, deadlineAt, tookMs } = await this.answer(task, id, { payload, claims });
    if ('error' in answer && answer.error.code === 'service.draining') {
      await scripts.handBack(task, id);
      return handedBack;
    }
    const keepMs = Math.max(0, deadlineAt - clock.now()) + replyGraceMs;
    await this.settlements.add(task, { id, tookMs, reply: codec.packAnswer(answer), keepMs });
    return tookMs;
  }

  private async answer(
    task: string,
    id: string,
    { payload, claims }: { payload: Buffer; claims: number },
  ): Promise<{ answer: JobAnswer; deadlineAt: number; tookMs: number }> {
    const failed = { deadlineAt: this.parts.clock.now(), tookMs: 0 };
    try {
      if (claims > maxClaims) throw new AppError('engine.unavailable', {}, { internal: { claims } });
      const envelope = await this.open(task, id, payload);
      failed.deadlineAt = envelope.deadlineAt;
      const reply = await this.handler(envelope, this.running.start(id, envelope.deadlineAt));
      const tookMs = reply.outcomes.reduce((sum, { timings }) => sum + timings.computeMs, 0);
      return { answer: reply, deadlineAt: envelope.deadlineAt, tookMs };
    } catch (error) {
      const { code, facts } = AppError.from(error);
      if (code === 'internal') this.parts.onError(error);
      return { answer: { version: 1, requestId: id, error: { code, facts: { ...facts } } }, ...failed };
    } finally {
      this.running.end(id);
    }
  }

  private async open(task: string, id: string, payload: Buffer): Promise<JobEnvelope> {
    const sealed = isReference(payload) ? await this.parts.payloads.get(task, id, payload) : payload;
    if (sealed === undefined) throw new AppError('queue.unavailable', { detail: 'The payload is gone' });
    return this.parts.codec.unpackJob(sealed, id);
  }

  private observe(ends: readonly PromiseSettledResult<number | typeof handedBack>[]): void {
    const tookMs = ends.reduce(
      (sum, end) => sum + (end.status === 'fulfilled' && end.value !== handedBack ? end.value : 0),
      0,
    );
    this.concurrency.observe(tookMs);
    for (const worker of this.workers) worker.concurrency = this.concurrency.value;
  }
}
