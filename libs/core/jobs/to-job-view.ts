import type { JobView } from '#contracts';
import type { Job } from '../ports/job-store.js';

/** A job as every surface and every webhook shows it. */
export function toJobView(job: Job): JobView {
  const { id, task, status, total, succeeded, failed, version, startedAt, finishedAt } = job;
  return {
    id,
    task,
    status,
    progress: { total, succeeded, failed },
    version,
    createdAt: job.createdAt.toISOString(),
    ...(startedAt !== null && { startedAt: startedAt.toISOString() }),
    ...(finishedAt !== null && { finishedAt: finishedAt.toISOString() }),
    expiresAt: job.expiresAt.toISOString(),
  };
}

export function isOpen({ status }: Pick<Job, 'status'>): boolean {
  return status === 'queued' || status === 'running';
}
