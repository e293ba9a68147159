import { describe, expect, it } from '@jest/globals';
import type { JobEnvelope } from '#contracts';
import { systemClock } from '#kernel';
import { InProcessJobQueue } from './in-process-job-queue.js';
import { describeJobQueue } from './job-queue.conformance.js';

describeJobQueue('the in-process queue', ({ maxWaitingMs }) => {
  const queue = new InProcessJobQueue({ clock: systemClock, windowMs: 20, maxWaitingMs });
  return Promise.resolve({
    queue,
    consume(handler) {
      queue.consume(handler);
      return Promise.resolve();
    },
    close: (deadlineAt) => queue.close(deadlineAt),
  });
});

describe('the backlog of the in-process queue', () => {
  const job = (requestId: string, task: string): JobEnvelope => ({
    version: 1,
    requestId,
    tenantId: 'tenant_a',
    keyId: 'key_a',
    weight: 1,
    task,
    lane: 'interactive',
    items: ['a'],
    units: 1,
    deadlineAt: Date.now() + 60_000,
    submittedAt: Date.now(),
  });

  it('is told for each task that something waits for, and gone when nobody waits', async () => {
    const queue = new InProcessJobQueue({ clock: systemClock, windowMs: 20, maxWaitingMs: 100_000 });
    const caller = new AbortController();
    const jobs = ['translate', 'translate', 'embed'].map((task, i) =>
      queue.submit(job(`req_${i}`, task), caller.signal),
    );
    expect(queue.backlog()).toEqual([
      { task: 'translate', waitingJobs: 2, waitingMs: expect.any(Number) },
      { task: 'embed', waitingJobs: 1, waitingMs: expect.any(Number) },
    ]);
    for (const { waitingMs } of queue.backlog()) expect(waitingMs).toBeGreaterThan(0);
    caller.abort();
    await Promise.allSettled(jobs);
    expect(queue.backlog()).toEqual([]);
  });
});
