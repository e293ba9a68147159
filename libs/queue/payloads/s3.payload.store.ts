import { randomUUID } from 'node:crypto';
import type { Clock } from '#kernel';
import type { Bucket } from '#s3';
import { PayloadStore } from './payload.store.js';

/** Names sort by the time after which nobody can want the object: what is past it stands first. */
const nameShape = /^(\d{15})-[0-9a-f-]{36}$/;
const timeDigits = 15;
/** A sweep's page: it finds what crashes left, no one waits for it, and the next one goes on. */
const mostAtOnce = 1_000;
const sideBySide = 8;

/**
 * Objects in a bucket: payloads cost Redis no memory. Each put has a name of its own, so that deleting one for a caller who
 * went away cannot take the one that the same caller's next attempt put.
 */
export class S3PayloadStore extends PayloadStore {
  /** @param former where gateways put payloads that have not been given the bucket yet; only read */
  constructor(
    private readonly bucket: Bucket,
    private readonly clock: Clock,
    private readonly former: PayloadStore,
  ) {
    super();
  }

  override get outage(): string | undefined {
    return this.bucket.outage;
  }

  override async put(_task: string, _id: string, sealed: Buffer, ttlMs: number): Promise<Buffer> {
    const expiresAt = Math.ceil(this.clock.now() + ttlMs);
    const name = `${String(expiresAt).padStart(timeDigits, '0')}-${randomUUID()}`;
    await this.bucket.put(name, sealed);
    return Buffer.from(`\0${name}`);
  }

  override async get(task: string, id: string, reference: Buffer): Promise<Buffer | undefined> {
    if (reference.length === 0) return this.former.get(task, id, reference);
    const name = nameIn(reference);
    return name === undefined || this.isPast(name) ? undefined : this.bucket.get(name);
  }

  /** Does not fail: the bucket itself tells of an outage, and what stays is swept. */
  override async delete(_task: string, _id: string, reference: Buffer): Promise<void> {
    const name = nameIn(reference);
    if (name !== undefined) await this.bucket.delete(name).catch(() => undefined);
  }

  override async sweep(): Promise<void> {
    const past = (await this.bucket.list(mostAtOnce)).filter((name) => this.isPast(name));
    for (let i = 0; i < past.length; i += sideBySide)
      await Promise.all(past.slice(i, i + sideBySide).map((name) => this.bucket.delete(name)));
  }

  private isPast(name: string): boolean {
    const [, expiresAt] = nameShape.exec(name) ?? [];
    return expiresAt !== undefined && Number(expiresAt) <= this.clock.now();
  }
}

/** Undefined for what is no name of ours: a reference cannot ask for another object. */
function nameIn(reference: Buffer): string | undefined {
  const name = reference.subarray(1).toString();
  return nameShape.test(name) ? name : undefined;
}
