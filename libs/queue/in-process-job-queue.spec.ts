import { describe, expect, it } from '@jest/globals';
import type { JobEnvelope } from '#contracts';
import { systemClock } from '#kernel';
import { InProcessJobQueue } from './in-process-job-queue.js';
import { describeJobQueue } from './job-queue.conformance.js';

describeJobQueue('the in-process queue', ({ maxWaitingMs }) => {
  const queue = new InProcessJobQueue({ clock: systemClock, windowMs: 20, maxWaitingMs, engines: 1 });
  return Promise.resolve({
    queue,
    consume(handler) {
      queue.consume(handler);
      return Promise.resolve();
    },
    close: (deadlineAt) => queue.close(deadlineAt),
  });
});

const job = (requestId: string, task: string, units = 1): JobEnvelope => ({
  version: 1,
  requestId,
  tenantId: 'tenant_a',
  keyId: 'key_a',
  weight: 1,
  task,
  lane: 'interactive',
  items: ['a'],
  units,
  deadlineAt: Date.now() + 60_000,
  submittedAt: Date.now(),
});

describe('the in-process queue, of several tasks', () => {
  it('hands out as much of each task as if it were alone, whatever came before: batches are of one model', async () => {
    const queue = new InProcessJobQueue({
      clock: systemClock,
      windowMs: 20,
      maxWaitingMs: 100_000,
      engines: 1,
    });
    const handed: string[] = [];
    queue.consume((envelope) => {
      handed.push(envelope.task);
      return new Promise(() => undefined);
    });
    const caller = new AbortController();
    const tasks = ['translate', 'embed', 'answer'];
    const jobs = Array.from({ length: 60 }, (_, i) =>
      queue.submit(job(`req_${i}`, tasks[i % 3] ?? '', 100), caller.signal),
    );
    // 100 units are predicted to take 5 ms.
    for (const task of tasks) expect(handed.filter((each) => each === task)).toHaveLength(4);
    caller.abort();
    await Promise.allSettled(jobs);
  });

  it('hands out few photos before any was answered, though each is one unit', async () => {
    const queue = new InProcessJobQueue({
      clock: systemClock,
      windowMs: 20,
      maxWaitingMs: 100_000,
      engines: 1,
    });
    const handed: string[] = [];
    queue.consume((envelope) => {
      handed.push(envelope.requestId);
      return new Promise(() => undefined);
    });
    const caller = new AbortController();
    const jobs = Array.from({ length: 400 }, (_, i) =>
      queue.submit(job(`req_${i}`, 'detect-objects'), caller.signal),
    );
    expect(handed).toHaveLength(7);
    caller.abort();
    await Promise.allSettled(jobs);
  });

  it('tells of the backlog of each task that something waits for, and of none when nobody waits', async () => {
    const queue = new InProcessJobQueue({
      clock: systemClock,
      windowMs: 20,
      maxWaitingMs: 100_000,
      engines: 1,
    });
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
