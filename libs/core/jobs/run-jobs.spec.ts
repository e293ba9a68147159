import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { JobWorkStore, type LeasedChunk } from '../ports/job-work-store.js';
import { RunJobs } from './run-jobs.js';

const options = { owner: 'a', leaseMs: 60_000, concurrency: 1, pollMs: 60_000, sweepMs: 5 };

/** Nothing to do but to sweep, which fails the first time. */
class EmptyStore extends JobWorkStore {
  readonly events = new EventEmitter();
  sweeps = 0;

  override claim = (): Promise<LeasedChunk[]> => Promise.resolve([]);
  override renew = () => Promise.resolve(false);
  override settle = () => Promise.resolve(false);
  override release = () => Promise.resolve();
  override sweep(): Promise<number> {
    this.events.emit('sweep');
    return this.sweeps++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(0);
  }
}

describe('RunJobs', () => {
  it('sweeps when it starts and again whenever its time is over, also after a sweep that failed', async () => {
    const store = new EmptyStore();
    const refuse = () => Promise.reject(new Error('there is no work'));
    const errors: unknown[] = [];
    const runner = new RunJobs(store, { execute: refuse }, { settleInputs: () => undefined }, options, {
      onChunk: () => undefined,
      onError: (error) => errors.push(error),
    });
    const swept = once(store.events, 'sweep');
    runner.start();
    await swept;
    for (let again = 0; again < 3; again++) await once(store.events, 'sweep');
    // Its loops have ended when it has stopped.
    await runner.stop(0);
    expect(errors).toEqual([new Error('away')]);
  });
});
