/**
 * queue: the adapters of core's `JobQueue` port.
 *
 * Owns: waiting lists, the release window, deadlines and cancellation of waiting jobs; one conformance suite that
 * every adapter passes.
 * Refuses: what a job means (core), who is fairest (scheduling), models.
 */
export { InProcessJobQueue, type InProcessJobQueueOptions } from './in-process-job-queue.js';
