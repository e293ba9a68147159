import type { JobResult, JobStatus, TraceContext } from '#contracts';
import type { VideoOfJob } from './video-store.js';

/** Jobs of one tenant that may be uploading, queued or running at once. */
export const maxOpenJobs = 1_000;

/** A job without its inputs and results. */
export interface Job {
  tenantId: string;
  id: string;
  task: string;
  status: JobStatus;
  total: number;
  succeeded: number;
  failed: number;
  /** Grows with every change that a caller can see. */
  version: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  expiresAt: Date;
}

/** What is known before the first input arrives. */
export interface JobDraft {
  tenantId: string;
  id: string;
  keyId: string;
  task: string;
  /** Fair-share weight of the tenant. */
  weight: number;
  /** URL to tell of the job's end. */
  webhook?: string;
  /** The submission's, which the work goes on with. */
  trace: TraceContext;
}

/** Consecutive inputs, each as its JSON text. */
export interface InputChunk {
  firstIndex: number;
  inputs: readonly string[];
}

/** What is known when the last input is in. */
export interface FilledJob {
  total: number;
  /** What the tenant's limits hold for it; null where they hold nothing. */
  heldUnits: number | null;
  video?: VideoOfJob;
}

/** Units of a job's inputs that have no outcome yet. */
export interface HeldUnits {
  jobId: string;
  task: string;
  units: number;
  expiresAt: Date;
}

/** Of `limit` rows from `after` on; rows come newest first. */
export interface JobPage {
  after?: { createdAt: Date; id: string };
  limit: number;
}

/**
 * A tenant's jobs. A job is opened, filled and published; until it is published nobody sees or runs it, and one that
 * is left half filled is swept away. Inputs and results are encrypted at rest.
 */
export abstract class JobStore {
  /**
   * Gives the job that exists already under this id (the same request, sent again), else opens it, empty.
   * @throws AppError `rate.limited` when the tenant has too many jobs open
   */
  abstract open(draft: JobDraft): Promise<Job | undefined>;
  abstract append(tenantId: string, jobId: string, chunks: readonly InputChunk[]): Promise<void>;
  /**
   * From here on it is queued and counts towards the tenant's retention.
   */
  abstract publish(tenantId: string, jobId: string, filled: FilledJob): Promise<Job>;
  /** Forgets a job that was not published. */
  abstract discard(tenantId: string, jobId: string): Promise<void>;

  /** What the limits have still to hold for open jobs, of a task or of all. */
  abstract heldUnits(tenantId: string, task?: string): Promise<HeldUnits[]>;

  abstract find(tenantId: string, jobId: string): Promise<Job | undefined>;
  abstract list(tenantId: string, page: JobPage): Promise<Job[]>;
  /** Outcomes of inputs from `fromIndex` on, in order, at most `limit`; inputs without one are left out. */
  abstract results(
    tenantId: string,
    jobId: string,
    page: { fromIndex: number; limit: number },
  ): Promise<JobResult[]>;
  /** Cancels an open job, leaves a finished one as it is; undefined when there is none. */
  abstract cancel(tenantId: string, jobId: string): Promise<Job | undefined>;
}
