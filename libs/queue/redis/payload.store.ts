import type { Redis } from 'ioredis';
import { keyPrefix } from './queue-keys.js';

/** Where payloads lie that are too large to travel in a queue entry: images, long texts. They come sealed. */
export abstract class PayloadStore {
  /** @param ttlMs after which nobody can want it any more */
  abstract put(task: string, id: string, sealed: Buffer, ttlMs: number): Promise<void>;
  abstract get(task: string, id: string): Promise<Buffer | undefined>;
  abstract delete(task: string, id: string): Promise<void>;
}

/** Blobs in the queue's own Redis. The queue counts their bytes and refuses work past its bound. */
export class RedisPayloadStore extends PayloadStore {
  constructor(private readonly redis: Redis) {
    super();
  }

  override async put(task: string, id: string, sealed: Buffer, ttlMs: number): Promise<void> {
    await this.redis.set(blobKey(task, id), sealed, 'PX', Math.ceil(ttlMs));
  }

  override async get(task: string, id: string): Promise<Buffer | undefined> {
    return (await this.redis.getBuffer(blobKey(task, id))) ?? undefined;
  }

  override async delete(task: string, id: string): Promise<void> {
    await this.redis.unlink(blobKey(task, id));
  }
}

function blobKey(task: string, id: string): string {
  return `${keyPrefix(task)}blob:${id}`;
}
