import type { JobQueue } from '#core';
import type { Telemetry } from '#telemetry';

/** Depth of the queue, read when scraped. */
export function observeBacklog(telemetry: Telemetry, queue: JobQueue): void {
  telemetry.observe('queueJobs', () => queue.backlog().waitingJobs);
  telemetry.observe('queueBacklog', () => queue.backlog().waitingMs / 1_000);
}
