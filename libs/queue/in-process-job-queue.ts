import type { JobEnvelope, JobReply } from '#contracts';
import { JobQueue, type JobHandler, type QueueDepth } from '#core';
import { AppError, type Clock } from '#kernel';
import { Backlog, FairAccounts, ReleaseWindow, type FairEntry } from '#scheduling';
import { JobCostEstimator } from './job-cost.estimator.js';
import { lateRefusal } from './late-refusal.js';
import { WaitingJob } from './waiting-job.js';

export interface InProcessJobQueueOptions {
  clock: Clock;
  /**
   * Predicted engine time of a task's jobs that are handed out and not answered: about two dispatches an engine. Enough
   * to fill batches, little enough that who is next is decided late, by fairness.
   */
  windowMs: number;
  /** Predicted engine time that may wait; beyond it callers are told when to come back. */
  maxWaitingMs: number;
  /** Engines that share the work. */
  engines: number;
}

type TaskLine = ReleaseWindow<WaitingJob>;

/**
 * The queue of the one-process server: per-tenant waiting lists in two lanes, in weighted fair order, and a small release
 * window for each task, as between machines. One window over all tasks held a row or two of each model when many were
 * asked for at once, and what is not released cannot be batched.
 */
export class InProcessJobQueue extends JobQueue {
  private readonly lines = new Map<string, TaskLine>();
  /** A tenant's share is one over all tasks. */
  private readonly accounts = new FairAccounts();
  private readonly room: Backlog;
  private readonly entries = new Map<WaitingJob, FairEntry<WaitingJob>>();
  private readonly running = new Set<WaitingJob>();
  private readonly estimator = new JobCostEstimator();
  private handler: JobHandler | undefined;
  private closing = false;

  constructor(private readonly options: InProcessJobQueueOptions) {
    super();
    this.room = new Backlog(options.clock, options.maxWaitingMs, options.engines);
  }

  override submit(envelope: JobEnvelope, signal: AbortSignal): Promise<JobReply> {
    const costMs = this.estimator.predictMs(envelope);
    const refusal = this.refuse(envelope, signal, costMs);
    if (refusal !== undefined) return Promise.reject(refusal);
    const job = new WaitingJob(envelope, signal, this.options.clock, (abandoned) => this.forget(abandoned));
    const entry = { tenantId: envelope.tenantId, weight: envelope.weight, costMs, value: job };
    this.entries.set(job, entry);
    const line = this.line(envelope.task);
    line.push(envelope.lane, entry);
    this.room.add(entry);
    this.release(line);
    return job.promise;
  }

  /** Starts handing jobs to `handler`; at most one consumer. */
  consume(handler: JobHandler): void {
    if (this.handler !== undefined) throw new Error('the in-process queue has one consumer');
    this.handler = handler;
    for (const line of this.lines.values()) this.release(line);
  }

  /** Summed when asked, which a scrape does: submitting stays cheap. */
  override backlog(): QueueDepth[] {
    const byTask = Map.groupBy(this.entries.values(), ({ value }) => value.envelope.task);
    return [...byTask].map(([task, entries]) => ({
      task,
      waitingJobs: entries.length,
      waitingMs: entries.reduce((sum, { costMs }) => sum + costMs, 0),
    }));
  }

  override async close(deadlineAt: number): Promise<void> {
    this.closing = true;
    const open = [...this.entries.keys(), ...this.running];
    const answered = Promise.allSettled(open.map((job) => job.promise));
    const timeLeftMs = Math.max(0, deadlineAt - this.options.clock.now());
    const timer = setTimeout(() => {
      for (const job of open) job.abandon(new AppError('service.draining'));
    }, timeLeftMs);
    await answered;
    clearTimeout(timer);
  }

  private refuse(envelope: JobEnvelope, signal: AbortSignal, costMs: number): AppError | undefined {
    const { tenantId, weight, deadlineAt, lane, task } = envelope;
    const leftMs = deadlineAt - this.options.clock.now();
    if (this.closing) return new AppError('service.draining', { retryAfterS: 1 });
    if (signal.aborted) return new AppError('request.cancelled');
    if (leftMs <= 0) return new AppError('deadline.exceeded');
    if (!this.room.hasRoom(tenantId, weight, costMs)) return this.room.overloaded();
    if (lane === 'bulk') return undefined;
    const retryAfterS = this.line(task).lateByRate({ tenantId, weight, costMs }, leftMs);
    return retryAfterS === undefined ? undefined : lateRefusal(leftMs, retryAfterS);
  }

  private line(task: string): TaskLine {
    const line = this.lines.get(task) ?? new ReleaseWindow(this.options, this.accounts);
    this.lines.set(task, line);
    return line;
  }

  private release(line: TaskLine): void {
    const { handler } = this;
    if (handler === undefined) return;
    const released = line.release();
    if (released.length === 0) return;
    for (const { value } of released) this.entries.delete(value);
    this.room.dispatched(released);
    for (const entry of released) void this.run(handler, line, entry);
  }

  private async run(handler: JobHandler, line: TaskLine, entry: FairEntry<WaitingJob>): Promise<void> {
    const { value: job, costMs } = entry;
    let tookMs = costMs;
    this.running.add(job);
    try {
      const reply = await handler(job.envelope, job.signal);
      tookMs = this.estimator.observe(job.envelope, reply);
      job.resolve(reply);
    } catch (error) {
      job.reject(error);
    } finally {
      this.running.delete(job);
      line.end(entry, tookMs);
      this.release(line);
    }
  }

  /** A job that nobody waits for leaves the list before it costs anything. */
  private forget(job: WaitingJob): void {
    const entry = this.entries.get(job);
    if (entry === undefined) return;
    this.entries.delete(job);
    this.line(job.envelope.task).remove(entry);
    this.room.remove(entry);
  }
}
