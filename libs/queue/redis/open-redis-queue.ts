import { randomUUID } from 'node:crypto';
import type { JobHandler, JobQueue, ModelInventory, ModelSummary } from '#core';
import { ClusterSurvey } from './cluster-survey.js';
import { queueParts, type RedisQueueOptions } from './queue-parts.js';
import type { QueueLimits } from './queue.scripts.js';
import { RedisJobQueue } from './redis-job-queue.js';
import { RedisJobReceiver } from './redis-job-receiver.js';
import { WorkerBeat } from './worker-beat.js';

/** A gateway's side of the queue. */
export interface GatewayQueue {
  queue: JobQueue;
  /** The models of all workers that live. */
  models: ModelInventory;
  /** Takes no new work and waits for replies until then, by the queue's clock. */
  close(deadlineAt: number): Promise<void>;
}

/** @param tasks those whose workers are looked out for */
export async function openGatewayQueue(
  options: RedisQueueOptions,
  limits: QueueLimits,
  tasks: readonly string[],
): Promise<GatewayQueue> {
  const parts = queueParts(options);
  const survey = await ClusterSurvey.start(parts.scripts, tasks, parts.onError);
  const queue = await RedisJobQueue.open(parts, limits, () => survey.depth());
  return {
    queue,
    models: survey,
    async close(deadlineAt) {
      await queue.close(deadlineAt);
      survey.stop();
      await parts.handOver.close();
    },
  };
}

/** What a worker offers the cluster. */
export interface ServedByWorker {
  /** Warm. Its tasks are those that the worker takes jobs of. */
  models: readonly ModelSummary[];
  /** Engine hosts. */
  engines: number;
}

/** A worker's side of the queue. */
export interface WorkerQueue {
  /** Takes no new jobs, lets running ones finish until then, and hands back what is left. */
  close(deadlineAt: number): Promise<void>;
  /** What jobs are refused for at the moment, in words; undefined while all is well. */
  impairment(): string | undefined;
}

/** Takes jobs from now on. */
export async function openWorkerQueue(
  options: RedisQueueOptions,
  { models, engines }: ServedByWorker,
  handler: JobHandler,
): Promise<WorkerQueue> {
  const parts = queueParts(options);
  const tasks = [...new Set(models.map(({ task }) => task))];
  const windowMs = options.windowMs * engines;
  const receiver = await RedisJobReceiver.open(parts, { tasks, windowMs }, handler);
  const registration = { worker: randomUUID(), engines, parcels: true, models: [...models] };
  const beat = await WorkerBeat.start(parts.scripts, parts.handOver, registration, parts.onError);
  return {
    async close(deadlineAt) {
      await beat.stop();
      await receiver.close(deadlineAt);
      await parts.handOver.close();
    },
    impairment: () => parts.outage.words ?? parts.payloads.outage,
  };
}
