import type { Redis } from 'ioredis';
import type { Clock, Seal } from '#kernel';
import type { Bucket } from '#s3';
import type { PayloadStore } from '../payloads/payload.store.js';
import { RedisPayloadStore } from '../payloads/redis.payload.store.js';
import { S3PayloadStore } from '../payloads/s3.payload.store.js';
import { HandOver } from './hand-over.js';
import { JobCodec } from './job.codec.js';
import { QueueScripts } from './queue.scripts.js';
import { RedisOutage } from './redis-outage.js';

export interface RedisQueueOptions {
  /** Connected; closed by whoever opened it. */
  redis: Redis;
  /** By Redis's time. */
  clock: Clock;
  /** With the installation's key, the same in every gateway and worker. */
  seal: Seal;
  /** Predicted engine time that may be released and not answered, for each engine of a task. */
  windowMs: number;
  /** Where large payloads go; Redis, where there is none. Closed by whoever opened it. */
  bucket?: Bucket | undefined;
  /** Told of what went wrong behind the callers' backs; for the log. */
  onError: (error: unknown) => void;
}

/** What both halves of the queue are made of. */
export interface QueueParts {
  redis: Redis;
  outage: RedisOutage;
  clock: Clock;
  scripts: QueueScripts;
  handOver: HandOver;
  payloads: PayloadStore;
  codec: JobCodec;
  onError: (error: unknown) => void;
}

export function queueParts(options: RedisQueueOptions): QueueParts {
  const { redis, clock, seal, windowMs, bucket, onError } = options;
  const blobs = new RedisPayloadStore(redis);
  return {
    redis,
    outage: new RedisOutage(redis),
    clock,
    scripts: new QueueScripts(redis, windowMs),
    handOver: new HandOver(redis, onError),
    payloads: bucket === undefined ? blobs : new S3PayloadStore(bucket, clock, blobs),
    codec: new JobCodec(seal),
    onError,
  };
}
