import type { JobEnvelope, JobReply } from '#contracts';

/** Answers one job; `signal` aborts when the caller went away or the deadline passed. */
export type JobHandler = (envelope: JobEnvelope, signal: AbortSignal) => Promise<JobReply>;

/** How much work of one task waits, in predicted engine milliseconds. */
export interface QueueDepth {
  task: string;
  waitingJobs: number;
  waitingMs: number;
}

/**
 * Carries jobs from gateways to workers and replies back. Fair between tenants by weight, bounded, at-least-once.
 *
 * Errors of `submit`: `overloaded` (the queue is full: `retryAfterS`), `queue.unavailable`, `payloads.unavailable`,
 * `deadline.exceeded`, `request.cancelled`, `service.draining`, and whatever the handler failed with.
 */
export abstract class JobQueue {
  abstract submit(envelope: JobEnvelope, signal: AbortSignal): Promise<JobReply>;
  /** Tasks that are left out have nothing waiting. */
  abstract backlog(): QueueDepth[];
  /** What work would be refused for at the moment, in words; undefined while all is well. */
  impairment(): string | undefined {
    return undefined;
  }

  /** Takes no new work, lets running jobs finish until `deadlineAt`, then rejects what is left. */
  abstract close(deadlineAt: number): Promise<void>;
}
