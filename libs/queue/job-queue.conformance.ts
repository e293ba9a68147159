import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { JobEnvelope, JobReply } from '#contracts';
import type { JobHandler, JobQueue } from '#core';
import { AppError } from '#kernel';

export interface ConformanceLimits {
  /** Predicted milliseconds that may wait. */
  maxWaitingMs: number;
}

/** Both ends of an adapter. */
export interface QueueUnderTest {
  queue: JobQueue;
  consume: (handler: JobHandler) => Promise<void>;
  close: (deadlineAt: number) => Promise<void>;
}

/** What every adapter of the `JobQueue` port guarantees. `make` gives a fresh queue with a window of 20 ms. */
export function describeJobQueue(
  name: string,
  make: (limits: ConformanceLimits) => Promise<QueueUnderTest>,
): void {
  const generous = { maxWaitingMs: 100_000 };

  describe(`${name} as a job queue`, () => {
    it('gives every caller the reply of its own job', async () => {
      const { queue, consume, close } = await make(generous);
      await consume((envelope) => Promise.resolve(replyTo(envelope)));
      const ids = Array.from({ length: 50 }, (_, i) => `req_${i}`);
      const replies = await Promise.all(ids.map((id) => queue.submit(job({ requestId: id }), never())));
      expect(replies.map(({ requestId }) => requestId)).toEqual(ids);
      await close(Date.now() + 1_000);
    });

    it('passes a failure of the handler on to the caller it belongs to, and to no other', async () => {
      const { queue, consume, close } = await make(generous);
      await consume((envelope) => {
        if (envelope.requestId === 'req_bad') throw new AppError('engine.unavailable');
        return Promise.resolve(replyTo(envelope));
      });
      const good = queue.submit(job({ requestId: 'req_good' }), never());
      const bad = queue.submit(job({ requestId: 'req_bad' }), never());
      await expect(bad).rejects.toMatchObject({ code: 'engine.unavailable' });
      await expect(good).resolves.toMatchObject({ requestId: 'req_good' });
      await close(Date.now() + 1_000);
    });

    it('refuses what is expired or whose caller is gone before it costs anything', async () => {
      const { queue, consume, close } = await make(generous);
      let handled = 0;
      await consume((envelope) => {
        handled++;
        return Promise.resolve(replyTo(envelope));
      });
      await expect(queue.submit(job({ deadlineAt: Date.now() - 1 }), never())).rejects.toMatchObject({
        code: 'deadline.exceeded',
      });
      await expect(queue.submit(job({}), AbortSignal.abort())).rejects.toMatchObject({
        code: 'request.cancelled',
      });
      expect(handled).toBe(0);
      await close(Date.now() + 1_000);
    });

    it('tells a running handler that its caller went away', async () => {
      const { queue, consume, close } = await make(generous);
      const told = Promise.withResolvers<boolean>();
      const started = Promise.withResolvers<undefined>();
      await consume(async (envelope, signal) => {
        signal.addEventListener('abort', () => told.resolve(true));
        started.resolve(undefined);
        await told.promise;
        return replyTo(envelope);
      });
      const caller = new AbortController();
      const submitted = queue.submit(job({}), caller.signal);
      await started.promise;
      caller.abort();
      await expect(submitted).rejects.toMatchObject({ code: 'request.cancelled' });
      await expect(told.promise).resolves.toBe(true);
      await close(Date.now() + 1_000);
    });

    it('drops a waiting job at its deadline without running it', async () => {
      const { queue, consume, close } = await make(generous);
      const gate = Promise.withResolvers<undefined>();
      const handled: string[] = [];
      await consume(async (envelope) => {
        handled.push(envelope.requestId);
        await gate.promise;
        return replyTo(envelope);
      });
      const large = queue.submit(job({ requestId: 'req_large', units: 1_000_000 }), never());
      const waiting = queue.submit(job({ requestId: 'req_late', deadlineAt: Date.now() + 20 }), never());
      await expect(waiting).rejects.toMatchObject({ code: 'deadline.exceeded' });
      gate.resolve(undefined);
      await large;
      expect(handled).toEqual(['req_large']);
      await close(Date.now() + 1_000);
    });

    it('is bounded: past its backlog it refuses and says when to come back', async () => {
      const { queue, consume, close } = await make({ maxWaitingMs: 10 });
      const submissions = Array.from({ length: 20 }, (_, i) =>
        queue.submit(job({ requestId: `req_${i}`, units: 100 }), never()),
      );
      await consume((envelope) => Promise.resolve(replyTo(envelope)));
      const outcomes = await Promise.allSettled(submissions);
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) {
        expect(reason).toMatchObject({ code: 'overloaded', facts: { limit: { name: 'backlog' } } });
        expect((reason as AppError).facts.retryAfterS).toBeGreaterThanOrEqual(1);
      }
      expect(outcomes.some((outcome) => outcome.status === 'fulfilled')).toBe(true);
      await close(Date.now() + 1_000);
    });

    it('refuses at once what cannot be answered by its deadline, once it has measured its rate, and nobody for the crowd of another', async () => {
      const { queue, consume, close } = await make(generous);
      const slow = serial();
      await consume(slow.handler);
      const submit = (overrides: Partial<JobEnvelope>) =>
        queue.submit(job({ units: 600, ...overrides }), never());
      const startedAt = Date.now();
      // Thirty milliseconds each, or more on a busy machine: the first seconds are what is measured.
      const crowd = Array.from({ length: 220 }, () => submit({}));
      await slow.answered(100);
      /** Time for 70 of the 120 that wait, and for the few of them that go before another tenant twenty times over. */
      const shortly = () => Date.now() + (70 * (Date.now() - startedAt)) / 100;
      const bulk = submit({ lane: 'bulk', deadlineAt: shortly() }).catch((error: unknown) => error);
      const small = submit({ tenantId: 'ten_small', deadlineAt: shortly() });
      await expect(submit({ deadlineAt: shortly() })).rejects.toMatchObject({
        code: 'overloaded',
        facts: { limit: { name: 'deadline', unit: 'ms' }, retryAfterS: expect.any(Number) },
      });
      await small;
      await submit({});
      await Promise.all(crowd);
      expect(await bulk).not.toMatchObject({ code: 'overloaded' });
      await close(Date.now() + 1_000);
    }, 60_000);

    it('serves a light tenant beside one that sent a hundred jobs before it', async () => {
      const { queue, consume, close } = await make(generous);
      const order: string[] = [];
      const heavy = Array.from({ length: 100 }, () =>
        queue.submit(job({ tenantId: 'ten_heavy', units: 1_000 }), never()),
      );
      const light = queue.submit(job({ tenantId: 'ten_light', units: 1_000 }), never());
      await consume((envelope) => {
        order.push(envelope.tenantId);
        return Promise.resolve(replyTo(envelope));
      });
      await Promise.all([...heavy, light]);
      expect(order.indexOf('ten_light')).toBeLessThan(10);
      await close(Date.now() + 1_000);
    });

    it('drains: refuses new work, lets running work finish, gives up the rest at the deadline', async () => {
      const { queue, consume, close } = await make(generous);
      const gate = Promise.withResolvers<undefined>();
      const running = Promise.withResolvers<undefined>();
      await consume(async (envelope, signal) => {
        running.resolve(undefined);
        if (envelope.requestId === 'req_stuck')
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        else await gate.promise;
        return replyTo(envelope);
      });
      const finishing = queue.submit(job({ requestId: 'req_finishing' }), never());
      const stuck = queue.submit(job({ requestId: 'req_stuck' }), never());
      await running.promise;
      const closed = close(Date.now() + 100);
      await expect(queue.submit(job({}), never())).rejects.toMatchObject({ code: 'service.draining' });
      gate.resolve(undefined);
      await expect(finishing).resolves.toMatchObject({ requestId: 'req_finishing' });
      await expect(stuck).rejects.toMatchObject({ code: 'service.draining' });
      await closed;
    });
  });
}

let made = 0;

function job(overrides: Partial<JobEnvelope>): JobEnvelope {
  return {
    version: 1,
    requestId: `req_made_${++made}`,
    tenantId: 'ten_0',
    keyId: 'key_0',
    task: 'translate',
    items: [{}],
    units: 10,
    lane: 'interactive',
    weight: 1,
    submittedAt: Date.now(),
    deadlineAt: Date.now() + 60_000,
    ...overrides,
  };
}

/** An answer that cost what its units predict: fairness is settled by what work really took. */
function replyTo({ requestId, units }: JobEnvelope): JobReply {
  const timings = {
    queueMs: 0,
    batchMs: 0,
    encodeMs: 0,
    inferenceMs: 0,
    decodeMs: 0,
    computeMs: units / 20,
    paddingMs: 0,
  };
  return { version: 1, requestId, outcomes: [{ ok: true, output: {}, model: 'model@1', units, timings }] };
}

/** An engine that runs one job after another and takes as long for it as was predicted. */
function serial() {
  let last: Promise<unknown> = Promise.resolve();
  const waiting = new Map<number, () => void>();
  const engine = {
    count: 0,
    handler: (envelope: JobEnvelope): Promise<JobReply> => {
      const reply = last.then(async () => {
        await sleep(envelope.units / 20);
        waiting.get(++engine.count)?.();
        return replyTo(envelope);
      });
      last = reply;
      return reply;
    },
    answered: (count: number) => new Promise<void>((resolve) => waiting.set(count, resolve)),
  };
  return engine;
}

function never(): AbortSignal {
  return new AbortController().signal;
}
