import { setTimeout as delay } from 'node:timers/promises';
import type { Admission } from '../ports/admission.js';
import type { JobWorkStore, ChunkOutcome, LeasedChunk } from '../ports/job-work-store.js';
import { Bell } from './bell.js';
import { ChunkRefused, type RunChunk } from './run-chunk.js';

export interface RunJobsOptions {
  /** Names this process among those that share the database. */
  owner: string;
  /** How long a dead runner's chunks wait before another takes them; renewed three times as often. */
  leaseMs: number;
  /** Chunks on the queue at once; bounds what this process holds in memory. */
  concurrency: number;
  /** How soon work that another process submitted is seen. */
  pollMs: number;
  /** From one sweep of expired jobs to the next. */
  sweepMs: number;
}

/** What a program shows of its runner. */
export interface RunJobsObserver {
  onChunk(chunk: { task: string; succeeded: number; failed: number }): void;
  onError(error: unknown): void;
}

const settleTries = 5;
const settleRetryMs = 1_000;

/**
 * The loop that works through jobs: leases chunks, sends them to the queue's bulk lane, stores what comes back. Any
 * number of processes run it side by side on one database; none is special, and a killed one loses nothing.
 */
export class RunJobs {
  private readonly bell = new Bell();
  private readonly stopping = new AbortController();
  private readonly active = new Set<Promise<void>>();
  private loops: Promise<unknown> = Promise.resolve();
  private pausedUntil = 0;
  private stopped = false;

  constructor(
    private readonly store: JobWorkStore,
    private readonly runChunk: Pick<RunChunk, 'execute'>,
    private readonly admission: Pick<Admission, 'settleInputs'>,
    private readonly options: RunJobsOptions,
    private readonly observer: RunJobsObserver,
  ) {}

  start(): void {
    this.loops = Promise.all([this.claimLoop(), this.sweepLoop()]);
  }

  /** There may be work. */
  wake(): void {
    this.bell.ring();
  }

  /** Takes no more chunks, lets those on the queue finish for `graceMs`, then gives them back. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    this.bell.ring();
    const timer = setTimeout(() => this.stopping.abort(), graceMs);
    await Promise.allSettled([...this.active]);
    clearTimeout(timer);
    this.stopping.abort();
    await this.loops;
  }

  private async claimLoop(): Promise<void> {
    const { owner, leaseMs, concurrency, pollMs } = this.options;
    while (!this.stopped) {
      const free = performance.now() < this.pausedUntil ? 0 : concurrency - this.active.size;
      const claimed = free > 0 ? await this.attempt(() => this.store.claim(owner, leaseMs, free)) : undefined;
      for (const chunk of claimed ?? []) this.track(chunk);
      if (claimed === undefined || claimed.length < free) await this.bell.wait(pollMs);
    }
  }

  private async sweepLoop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.attempt(() => this.store.sweep());
      await delay(this.options.sweepMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private track(chunk: LeasedChunk): void {
    const work = this.run(chunk).catch((error: unknown) => this.observer.onError(error));
    this.active.add(work);
    void work.finally(() => {
      this.active.delete(work);
      this.bell.ring();
    });
  }

  private async run(chunk: LeasedChunk): Promise<void> {
    const { owner } = this.options;
    const lost = new AbortController();
    const heartbeat = setInterval(() => void this.renew(chunk, lost), this.options.leaseMs / 3);
    try {
      const signal = AbortSignal.any([this.stopping.signal, lost.signal]);
      const outcome = await this.runChunk.execute(chunk, signal);
      if (await this.settle(chunk, outcome)) this.settled(chunk, outcome);
    } catch (error) {
      if (!(error instanceof ChunkRefused)) throw error;
      const delayMs = this.stopping.signal.aborted ? 0 : error.delayMs;
      this.pausedUntil = performance.now() + delayMs;
      await this.attempt(() => this.store.release(owner, chunk, delayMs));
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** The lease is kept meanwhile. After the last try it runs out and the chunk is done again, under the same ids. */
  private async settle(chunk: LeasedChunk, outcome: ChunkOutcome): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.store.settle(this.options.owner, chunk, outcome);
      } catch (error) {
        if (tries === settleTries) throw error;
        await delay(settleRetryMs);
      }
    }
  }

  private settled(chunk: LeasedChunk, outcome: ChunkOutcome): void {
    const { tenantId, jobId: id, task, holdsUnits } = chunk;
    const { settledUnits, spent } = outcome;
    if (holdsUnits) this.admission.settleInputs({ tenantId, id, task }, settledUnits, spent);
    this.observer.onChunk(countOf(chunk, outcome));
  }

  private async renew(chunk: LeasedChunk, lost: AbortController): Promise<void> {
    const { owner, leaseMs } = this.options;
    const held = await this.attempt(() => this.store.renew(owner, leaseMs, chunk));
    if (held === false) lost.abort();
  }

  /** A database that is away for a moment must not end the loop. */
  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.observer.onError(error);
      return undefined;
    }
  }
}

function countOf({ task, results: before }: LeasedChunk, { results }: ChunkOutcome) {
  const settled = results.filter((result, place) => result !== null && before[place] === null);
  const failed = settled.filter((result) => result?.error !== undefined).length;
  return { task, succeeded: settled.length - failed, failed };
}
