import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { JobEnvelope, JobReply } from '#contracts';
import { AppError, createSeal, newId, systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import {
  openGatewayQueue,
  openWorkerQueue,
  type GatewayQueue,
  type WorkerQueue,
} from './open-redis-queue.js';
import { connectRedis } from '#redis';
import { QueueScripts } from './queue.scripts.js';

const task = 'translate';
const models = [{ model: 'model@1', task, description: '', licence: '' }];
const limits = { maxWaitingMs: 1e6, maxPayloadBytes: 1e8 };
const windowMs = 100;

/** What becomes of jobs whose worker, hand-over or reply is lost. */
describe('the Redis queue when something on the way is lost', () => {
  let server: RedisServer;
  let redis: Redis;
  let gateway: GatewayQueue;
  let worker: WorkerQueue | undefined;
  let scripts: QueueScripts;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
    scripts = new QueueScripts(redis, windowMs);
    gateway = await openGatewayQueue(options(), limits, [task]);
  });
  afterEach(async () => {
    await worker?.close(Date.now());
    worker = undefined;
    await redis.flushall();
  });
  afterAll(async () => {
    await gateway.close(Date.now());
    redis.disconnect();
    await server.stop();
  });

  const options = () => ({
    redis,
    clock: systemClock,
    seal: createSeal(Buffer.alloc(32, 1)),
    windowMs,
    onError: () => undefined,
  });
  const work = async (handler: (envelope: JobEnvelope) => Promise<JobReply>) => {
    worker = await openWorkerQueue(options(), { models, engines: 1 }, handler);
  };
  const submit = (envelope: JobEnvelope) => gateway.queue.submit(envelope, new AbortController().signal);
  const released = async (id: string) => {
    while ((await redis.hget(`inferway:{${task}}:entry:${id}`, 'state')) !== 'released');
  };

  it('a job that was released and never reached BullMQ is handed over by a worker’s beat', async () => {
    const envelope = job();
    const answered = submit(envelope);
    while ((await redis.exists(`inferway:{${task}}:jobs:${envelope.requestId}`)) === 0);
    for (const key of await redis.keys(`inferway:{${task}}:jobs:*`)) await redis.del(key);
    await work((found) => Promise.resolve(replyTo(found)));
    await expect(answered).resolves.toMatchObject({ requestId: envelope.requestId });
  }, 15_000);

  it('a job that three workers died of is refused, and runs no fourth time', async () => {
    const poison = job();
    const refused = submit(poison);
    await released(poison.requestId);
    for (let death = 0; death < 3; death++) await scripts.claim(task, poison.requestId, [poison.requestId]);
    let runs = 0;
    await work((found) => {
      runs++;
      return Promise.resolve(replyTo(found));
    });
    const good = submit(job());
    await expect(refused).rejects.toMatchObject({ code: 'engine.unavailable' });
    await expect(good).resolves.toMatchObject({ version: 1 });
    expect(runs).toBe(1);
  }, 15_000);

  it('a job that its worker cannot finish in time is handed back, and another answers it', async () => {
    const envelope = job();
    let stopped = false;
    const started = Promise.withResolvers<undefined>();
    const ending = await openWorkerQueue(options(), { models, engines: 1 }, (_found, signal) => {
      started.resolve(undefined);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped = true;
          reject(AppError.from(signal.reason));
        });
      });
    });
    const answered = submit(envelope);
    await started.promise;
    await ending.close(Date.now());
    expect(stopped).toBe(true);
    await work((found) => Promise.resolve(replyTo(found)));
    await expect(answered).resolves.toMatchObject({ requestId: envelope.requestId });
  }, 15_000);

  it('each job of a parcel has its own end: one fails, one is answered, one is handed back and answered by another', async () => {
    const first = job({ requestId: 'req_first', units: 10_000 });
    const [fails, answers, stays] = ['req_fails', 'req_answers', 'req_stays'].map((requestId) =>
      job({ requestId, units: 1 }),
    );
    const long: Promise<JobReply>[] = [];
    const parcelled = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    const ending = await openWorkerQueue(options(), { models, engines: 1 }, async (found, signal) => {
      if (found.requestId === 'req_first') await parcelled.promise;
      if (found.requestId.startsWith('req_long')) await started.promise;
      if (found.requestId === 'req_fails') throw new AppError('engine.unavailable');
      if (found.requestId === 'req_stays') {
        started.resolve(undefined);
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(AppError.from(signal.reason)));
        });
      }
      return replyTo(found);
    });
    // The engine has a dispatch of work in hand: parcels are made.
    for (let i = 0; Number(await redis.hget(`inferway:{${task}}:state`, 'releasedMs')) < 25; i++) {
      long.push(submit(job({ requestId: `req_long${i}`, units: 100 })));
      await released(`req_long${i}`);
    }
    const ends = [submit(first)];
    await released('req_first');
    for (const each of [fails, answers, stays]) if (each !== undefined) ends.push(submit(each));
    const settled = Promise.allSettled(ends);
    while ((await redis.exists(`inferway:{${task}}:entry:req_stays`)) === 0);
    parcelled.resolve(undefined);
    await started.promise;
    // One job of BullMQ, whose id is that of the first.
    expect(await redis.exists(`inferway:{${task}}:jobs:req_fails`)).toBe(1);
    expect(await redis.exists(`inferway:{${task}}:jobs:req_stays`)).toBe(0);
    await Promise.allSettled([...long, ...ends.slice(0, 3)]);
    await ending.close(Date.now());
    const again: string[] = [];
    await work((found) => {
      again.push(found.requestId);
      return Promise.resolve(replyTo(found));
    });
    expect(await settled).toMatchObject([
      { status: 'fulfilled' },
      { reason: { code: 'engine.unavailable' } },
      { value: { requestId: 'req_answers' } },
      { value: { requestId: 'req_stays' } },
    ]);
    expect(again).toEqual(['req_stays']);
  }, 15_000);

  it('a reply that was published while its gateway was away is asked for', async () => {
    const envelope = job();
    let runs = 0;
    await work(async (found) => {
      runs++;
      // The client connects again after 50 ms; the reply is published at once, to nobody.
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      return replyTo(found);
    });
    await expect(submit(envelope)).resolves.toMatchObject({ requestId: envelope.requestId });
    // The kept reply, and not a second run of a job that Redis no longer knew.
    expect(runs).toBe(1);
  }, 15_000);

  it('a reply that has arrived is kept no longer', async () => {
    await work((found) => Promise.resolve(replyTo(found)));
    const lasting = { deadlineAt: Date.now() + 60_000 };
    await Promise.all(Array.from({ length: 5 }, () => submit(job(lasting))));
    const kept = () => redis.keys(`inferway:{${task}}:reply:*`);
    while ((await kept()).length > 0);
    expect(await kept()).toEqual([]);
  }, 15_000);

  it('a job that Redis forgot is sent again, and answered', async () => {
    const envelope = job();
    const answered = submit(envelope);
    await released(envelope.requestId);
    await redis.flushall();
    await work((found) => Promise.resolve(replyTo(found)));
    await expect(answered).resolves.toMatchObject({ requestId: envelope.requestId });
  }, 15_000);

  it('a large payload travels by the payload store, and is gone when its job is answered', async () => {
    const image = Buffer.alloc(300_000, 5);
    const envelope = job({ items: [{ image }] });
    const blob = `inferway:{${task}}:blob:${envelope.requestId}`;
    let stored = 0;
    await work(async (found) => {
      stored = await redis.exists(blob);
      expect(found.items).toEqual([{ image }]);
      return replyTo(found);
    });
    await submit(envelope);
    expect(stored).toBe(1);
    for (let i = 0; i < 100 && (await redis.exists(blob)) === 1; i++);
    expect(await redis.exists(blob)).toBe(0);
  }, 15_000);

  it('a job that came while Redis was away is sent when it is back; at its deadline until then the queue is to blame', async () => {
    const noticed = once(redis, 'close');
    await server.crash();
    await noticed;
    const late = submit(job({ deadlineAt: Date.now() + 500 }));
    const answered = submit(job());
    await expect(late).rejects.toMatchObject({ code: 'queue.unavailable', facts: { retryAfterS: 1 } });
    await server.restart();
    await work((found) => Promise.resolve(replyTo(found)));
    await expect(answered).resolves.toMatchObject({ version: 1 });
  }, 30_000);
});

function job(overrides: Partial<JobEnvelope> = {}): JobEnvelope {
  const now = Date.now();
  return {
    version: 1,
    requestId: newId('req'),
    tenantId: 'ten_a',
    keyId: 'key_a',
    task,
    items: [{ text: 'Hello' }],
    units: 5,
    lane: 'interactive',
    weight: 1,
    submittedAt: now,
    deadlineAt: now + 12_000,
    ...overrides,
  };
}

function replyTo({ requestId, output = {} }: { requestId: string; output?: object }): JobReply {
  const parts = { queueMs: 0, batchMs: 0, encodeMs: 0, inferenceMs: 0, decodeMs: 0, paddingMs: 0 };
  const timings = { ...parts, computeMs: 1 };
  return { version: 1, requestId, outcomes: [{ ok: true, output, model: 'model@1', units: 5, timings }] };
}
