import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { toJob, type Parcel } from './parcel.js';
import { bullPrefix, bullQueueName } from './queue-keys.js';

/** BullMQ keeps a stream of events per queue that nobody of ours reads. */
const maxEvents = 100;

/**
 * Puts released ids into BullMQ, the transport to the workers, a parcel as one job. One that never arrives is released
 * again by a worker's next beat; an entry that comes twice is taken once.
 */
export class HandOver {
  private readonly queues = new Map<string, Queue>();

  constructor(
    private readonly redis: Redis,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Does not wait, and does not fail: what went wrong is reported and made good by the next beat. */
  send(task: string, parcels: readonly Parcel[]): void {
    if (parcels.length === 0) return;
    const options = { removeOnComplete: true, removeOnFail: true };
    const jobs = parcels
      .map(toJob)
      .map(({ jobId, data }) => ({ name: task, data, opts: { ...options, jobId } }));
    this.queueOf(task).addBulk(jobs).catch(this.onError);
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
  }

  private queueOf(task: string): Queue {
    const known = this.queues.get(task);
    if (known !== undefined) return known;
    const queue = new Queue(bullQueueName, {
      connection: this.redis,
      prefix: bullPrefix(task),
      streams: { events: { maxLen: maxEvents } },
    });
    queue.on('error', this.onError);
    this.queues.set(task, queue);
    return queue;
  }
}
