/**
 * queue: how jobs get from a gateway to a worker and replies back, in one process or between machines.
 *
 * Owns: the adapters of core's `JobQueue` port (waiting lists, the release window, deadlines and cancellation of waiting
 * jobs), the worker's side of each, what workers tell gateways of themselves; one conformance suite that
 * every adapter passes.
 * Refuses: what a job means (core), who is fairest (scheduling; on Redis the same in Lua), models.
 */
export { InProcessJobQueue, type InProcessJobQueueOptions } from './in-process-job-queue.js';
export {
  openGatewayQueue,
  openWorkerQueue,
  type GatewayQueue,
  type ServedByWorker,
  type WorkerQueue,
} from './redis/open-redis-queue.js';
export type { RedisQueueOptions } from './redis/queue-parts.js';
export type { QueueLimits } from './redis/queue.scripts.js';
