import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { JobEnvelope, JobReply } from '#contracts';
import { createSeal, newId, systemClock } from '#kernel';
import { startRedis, startS3, type RedisServer, type S3Server } from '#local-servers';
import { connectRedis } from '#redis';
import { openBucket, type Bucket } from '#s3';
import {
  openGatewayQueue,
  openWorkerQueue,
  type GatewayQueue,
  type WorkerQueue,
} from '../redis/open-redis-queue.js';
import { describePayloadStore } from './payload-store.conformance.js';
import { RedisPayloadStore } from './redis.payload.store.js';
import { S3PayloadStore } from './s3.payload.store.js';

const everything = 1_000;
let server: S3Server;
let redisServer: RedisServer;
let redis: Redis;
let bucket: Bucket;
const errors: unknown[] = [];

beforeAll(async () => {
  [server, redisServer] = await Promise.all([startS3(), startRedis()]);
  redis = connectRedis(redisServer.url);
  await redis.connect();
  await server.createBucket('payloads');
  const place = { bucket: 'payloads', prefix: 'inferway/', region: 'us-east-1' };
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const settings = { ...place, endpoint: server.url, pathStyle: true, credentials };
  bucket = await openBucket(settings, (error) => errors.push(error));
});
afterAll(async () => {
  bucket.close();
  redis.disconnect();
  await redisServer.stop();
  await server.stop();
});

const names = () => bucket.list(everything);

describePayloadStore('a bucket', async () => {
  for (const name of await names()) await bucket.delete(name);
  let passedMs = 0;
  const clock = { now: () => systemClock.now() + passedMs };
  return {
    store: new S3PayloadStore(bucket, clock, new RedisPayloadStore(redis)),
    count: async () => (await names()).length,
    pass(ms) {
      passedMs += ms;
      return Promise.resolve();
    },
  };
});

describe('a bucket as a payload store', () => {
  const store = () => new S3PayloadStore(bucket, systemClock, new RedisPayloadStore(redis));

  it('keeps two attempts of one request apart: the end of the first takes nothing from the second', async () => {
    const first = await store().put('embed', 'req_a', Buffer.from('first'), 60_000);
    const second = await store().put('embed', 'req_a', Buffer.from('second'), 60_000);
    await store().delete('embed', 'req_a', first);
    expect(await store().get('embed', 'req_a', second)).toEqual(Buffer.from('second'));
  });

  it('still finds what a gateway that has not been given the bucket has put into Redis', async () => {
    const reference = await new RedisPayloadStore(redis).put('embed', 'req_b', Buffer.from('old'), 60_000);
    expect(await store().get('embed', 'req_b', reference)).toEqual(Buffer.from('old'));
  });

  it('asks for no object but its own, whatever a reference says', async () => {
    await bucket.put('other', Buffer.from('other'));
    expect(await store().get('embed', 'req_c', Buffer.from('\0other'))).toBeUndefined();
    await store().delete('embed', 'req_c', Buffer.from('\0other'));
    await store().sweep();
    expect(await bucket.get('other')).toEqual(Buffer.from('other'));
    await bucket.delete('other');
  });
});

describe('the queue between machines with a bucket', () => {
  const image = randomBytes(300_000);
  let gateway: GatewayQueue;
  let worker: WorkerQueue;
  let seen: Buffer[] = [];

  beforeAll(async () => {
    for (const name of await names()) await bucket.delete(name);
    await redis.flushall();
    const options = {
      ...{ redis, bucket, clock: systemClock, windowMs: 100 },
      seal: createSeal(Buffer.alloc(32, 1)),
      onError: (error: unknown) => errors.push(error),
    };
    const models = [{ model: 'model@1', task: 'embed', description: '', licence: '' }];
    gateway = await openGatewayQueue(options, { maxWaitingMs: 1e6, maxPayloadBytes: 1e8 }, ['embed']);
    worker = await openWorkerQueue(options, { models, engines: 1 }, async (envelope) => {
      seen = await lying();
      return replyTo(envelope);
    });
  });
  afterAll(async () => {
    await gateway.close(Date.now());
    await worker.close(Date.now());
  });

  /** What lies in the bucket; nothing while it is away. */
  async function lying(): Promise<Buffer[]> {
    const found = names().then((all) => Promise.all(all.map((name) => bucket.get(name))));
    return (await found.catch(() => [])).flatMap((each) => (each === undefined ? [] : [each]));
  }
  const submit = (item: object, signal = new AbortController().signal) =>
    gateway.queue.submit(job(item), signal);
  const untilEmpty = async () => {
    while ((await names()).length > 0);
  };

  it('hands an image over sealed, outside of Redis, and nothing of it is left when it is answered', async () => {
    await expect(submit({ image })).resolves.toMatchObject({ version: 1 });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.length).toBeGreaterThan(image.length);
    expect(seen[0]?.includes(image.subarray(1_000, 1_064))).toBe(false);
    expect(await redis.keys('*blob*')).toEqual([]);
    await untilEmpty();
  }, 15_000);

  it('leaves nothing of an image whose caller went away', async () => {
    const caller = new AbortController();
    const submitted = submit({ image }, caller.signal);
    caller.abort();
    await expect(submitted).rejects.toMatchObject({ code: 'request.cancelled' });
    await untilEmpty();
  }, 15_000);

  it('refuses images by the name of the store while it is away or silent, and answers what is short', async () => {
    const refused = {
      code: 'payloads.unavailable',
      facts: { detail: expect.stringContaining('store of large payloads'), retryAfterS: 1 },
    };
    await server.crash();
    await expect(submit({ image })).rejects.toMatchObject(refused);
    expect([gateway.queue.impairment(), worker.impairment()]).toEqual([
      expect.stringContaining('cannot be reached'),
      expect.stringContaining('cannot be reached'),
    ]);
    await expect(submit({ text: 'short' })).resolves.toMatchObject({ version: 1 });

    await server.restart();
    await server.createBucket('payloads');
    await expect(untilAnswered()).resolves.toMatchObject({ version: 1 });
    expect([gateway.queue.impairment(), worker.impairment()]).toEqual([undefined, undefined]);

    const told = errors.length;
    server.pause();
    await expect(submit({ image })).rejects.toMatchObject(refused);
    await Promise.all(
      Array.from({ length: 20 }, () => expect(submit({ image })).rejects.toMatchObject(refused)),
    );
    // One outage is one line of the log, however many it refuses.
    expect(errors.length - told).toBe(1);
    server.resume();
    await expect(untilAnswered()).resolves.toMatchObject({ version: 1 });
  }, 60_000);

  /** As a client that retries. */
  async function untilAnswered(): Promise<JobReply> {
    for (;;) {
      const reply = await submit({ image }).catch(() => undefined);
      if (reply !== undefined) return reply;
      await sleep(20);
    }
  }
});

function job(item: object): JobEnvelope {
  const now = Date.now();
  return {
    ...{ version: 1, requestId: newId('req'), tenantId: 'ten_a', keyId: 'key_a', task: 'embed' },
    ...{
      items: [item],
      units: 5,
      lane: 'interactive',
      weight: 1,
      submittedAt: now,
      deadlineAt: now + 30_000,
    },
  };
}

function replyTo({ requestId }: JobEnvelope): JobReply {
  const parts = { queueMs: 0, batchMs: 0, encodeMs: 0, inferenceMs: 0, decodeMs: 0, paddingMs: 0 };
  const timings = { ...parts, computeMs: 1 };
  return { version: 1, requestId, outcomes: [{ ok: true, output: {}, model: 'model@1', units: 5, timings }] };
}
