import type { Redis } from 'ioredis';
import { AppError } from '#kernel';
import { keyPrefix } from '../redis/queue-keys.js';
import { PayloadStore } from './payload.store.js';

const noReference = Buffer.alloc(0);

/** Blobs in the queue's own Redis, which removes them in time. The queue counts their bytes and refuses work past its bound. */
export class RedisPayloadStore extends PayloadStore {
  constructor(private readonly redis: Redis) {
    super();
  }

  /** Of Redis the queue itself tells. */
  override get outage(): undefined {
    return undefined;
  }

  override async put(task: string, id: string, sealed: Buffer, ttlMs: number): Promise<Buffer> {
    await this.redis.set(blobKey(task, id), sealed, 'PX', Math.ceil(ttlMs));
    return noReference;
  }

  override async get(task: string, id: string, reference: Buffer): Promise<Buffer | undefined> {
    if (reference.length > 0)
      throw new AppError('payloads.unavailable', { detail: 'This worker has no PAYLOAD_S3_BUCKET' });
    return (await this.redis.getBuffer(blobKey(task, id))) ?? undefined;
  }

  override async delete(task: string, id: string): Promise<void> {
    await this.redis.unlink(blobKey(task, id));
  }

  override sweep(): Promise<void> {
    return Promise.resolve();
  }
}

function blobKey(task: string, id: string): string {
  return `${keyPrefix(task)}blob:${id}`;
}
