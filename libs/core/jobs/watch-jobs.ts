import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#kernel';
import type { Job, JobStore } from '../ports/job-store.js';
import { isOpen } from './to-job-view.js';

export interface WatchJobsOptions {
  /** From one look at a watched job to the next. */
  pollMs: number;
  /** Watchers of one tenant in this process. */
  maxPerTenant: number;
}

interface Look {
  watchers: number;
  at: number;
  job: Promise<Job | undefined>;
}

/** How many subscriptions one tenant may have open on one server. */
export const maxWatchersPerTenant = 100;

/**
 * Follows jobs by their version in the database, which every process that runs them writes: no channel between
 * processes is needed, and a watcher that was away gets what it missed as the job's present state. Watchers of one
 * job share one look.
 */
export class WatchJobs {
  private readonly looks = new Map<string, Look>();
  private readonly perTenant = new Map<string, number>();

  constructor(
    private readonly store: JobStore,
    private readonly options: WatchJobsOptions,
  ) {}

  /** Subscriptions that are open. */
  get watchers(): number {
    return [...this.perTenant.values()].reduce((sum, count) => sum + count, 0);
  }

  /**
   * Gives the job whenever its version is past `afterVersion` and what was given before; ends when the job has ended,
   * is gone, or `signal` aborts.
   * @throws AppError `resource.not_found`, `rate.limited`
   */
  async watch(
    tenantId: string,
    jobId: string,
    afterVersion: number,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<Job, undefined>> {
    const job = await this.store.find(tenantId, jobId);
    if (job === undefined) throw new AppError('resource.not_found', { detail: 'There is no such job' });
    const leave = this.enter(tenantId);
    // A generator that was never asked runs no `finally`: whoever drops it aborts the signal.
    signal.addEventListener('abort', leave, { once: true });
    return this.follow(job, afterVersion, signal, leave);
  }

  private async *follow(
    { tenantId, id: jobId }: Job,
    afterVersion: number,
    signal: AbortSignal,
    leave: () => void,
  ): AsyncGenerator<Job, undefined> {
    const look = this.look(tenantId, jobId);
    look.watchers += 1;
    let seen = afterVersion;
    try {
      while (!signal.aborted) {
        const job = await this.refresh(look, tenantId, jobId);
        if (job === undefined) return undefined;
        if (job.version > seen) {
          seen = job.version;
          yield job;
        }
        if (!isOpen(job)) return undefined;
        await delay(this.options.pollMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      look.watchers -= 1;
      if (look.watchers === 0) this.looks.delete(keyOf(tenantId, jobId));
      leave();
    }
    return undefined;
  }

  private look(tenantId: string, jobId: string): Look {
    const key = keyOf(tenantId, jobId);
    const known = this.looks.get(key);
    if (known !== undefined) return known;
    const fresh: Look = { watchers: 0, at: -Infinity, job: Promise.resolve(undefined) };
    this.looks.set(key, fresh);
    return fresh;
  }

  private refresh(look: Look, tenantId: string, jobId: string): Promise<Job | undefined> {
    const now = performance.now();
    if (now - look.at >= this.options.pollMs / 2) {
      look.at = now;
      look.job = this.store.find(tenantId, jobId);
    }
    return look.job;
  }

  /** Counts a watcher; what it gives uncounts it, once. */
  private enter(tenantId: string): () => void {
    const { maxPerTenant } = this.options;
    const watchers = this.perTenant.get(tenantId) ?? 0;
    if (watchers >= maxPerTenant) {
      throw new AppError('rate.limited', {
        detail: 'End some of your subscriptions first',
        limit: { name: 'subscriptions', value: maxPerTenant, unit: 'subscriptions' },
        retryAfterS: 5,
      });
    }
    this.perTenant.set(tenantId, watchers + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const left = (this.perTenant.get(tenantId) ?? 1) - 1;
      if (left === 0) this.perTenant.delete(tenantId);
      else this.perTenant.set(tenantId, left);
    };
  }
}

const keyOf = (tenantId: string, jobId: string) => `${tenantId} ${jobId}`;
