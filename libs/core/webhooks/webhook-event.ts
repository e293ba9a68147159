import type { JobStatus } from '#contracts';
import type { Job } from '../ports/job-store.js';
import { toJobView } from '../jobs/to-job-view.js';

/** What a receiver is told of: every way in which a job ends. */
export const webhookEvents = ['job.succeeded', 'job.cancelled', 'job.expired'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** The event of a status that a job has just reached. */
export function eventOf(status: JobStatus): WebhookEvent | undefined {
  return webhookEvents.find((event) => event === `job.${status}`);
}

/** A body as Standard Webhooks recommends: type, time, and the job without inputs and results. */
export function webhookBody(event: WebhookEvent, job: Job, at: Date): string {
  return JSON.stringify({ type: event, timestamp: at.toISOString(), data: toJobView(job) });
}
