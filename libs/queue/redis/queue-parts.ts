import type { Redis } from 'ioredis';
import type { Clock, Seal } from '#kernel';
import { HandOver } from './hand-over.js';
import { JobCodec } from './job.codec.js';
import { RedisPayloadStore, type PayloadStore } from './payload.store.js';
import { QueueScripts } from './queue.scripts.js';

export interface RedisQueueOptions {
  /** Connected; closed by whoever opened it. */
  redis: Redis;
  /** By Redis's time. */
  clock: Clock;
  /** With the installation's key, the same in every gateway and worker. */
  seal: Seal;
  /** Predicted engine time that may be released and not answered, for each engine of a task. */
  windowMs: number;
  /** Told of what went wrong behind the callers' backs; for the log. */
  onError: (error: unknown) => void;
}

/** What both halves of the queue are made of. */
export interface QueueParts {
  redis: Redis;
  clock: Clock;
  scripts: QueueScripts;
  handOver: HandOver;
  payloads: PayloadStore;
  codec: JobCodec;
  onError: (error: unknown) => void;
}

export function queueParts({ redis, clock, seal, windowMs, onError }: RedisQueueOptions): QueueParts {
  return {
    redis,
    clock,
    scripts: new QueueScripts(redis, windowMs),
    handOver: new HandOver(redis, onError),
    payloads: new RedisPayloadStore(redis),
    codec: new JobCodec(seal),
    onError,
  };
}
