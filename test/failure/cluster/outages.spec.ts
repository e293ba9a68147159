import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startS3, type S3Server } from '#local-servers';
import { askInPeace, ClusterProcess, type AnswersInPeace, type LoadReport } from '#testing';
import { ClusterUnderLoad } from './cluster-under-load.js';

const testTimeoutMs = 240_000;

/** Retryable refusals of the catalogue that an outage may cause; anything else is a bug. */
const expectedRefusals = ['queue.unavailable', 'overloaded', 'deadline.exceeded', 'idempotency.in_flight'];

describe('a cluster whose Redis, Postgres or bucket goes away', () => {
  let cluster: ClusterProcess;
  let inPeace: AnswersInPeace;
  let redis: Redis;
  let s3: S3Server;
  let subject: ClusterUnderLoad;

  beforeAll(async () => {
    s3 = await startS3();
    await s3.createBucket('payloads');
    cluster = await ClusterProcess.start(
      { gateways: 2, workers: 2 },
      {
        WORKER_MODELS: 'translate-*,minilm-*,efficientnet-*',
        PAYLOAD_S3_BUCKET: 'payloads',
        PAYLOAD_S3_ENDPOINT: s3.url,
        AWS_ACCESS_KEY_ID: 'any',
        AWS_SECRET_ACCESS_KEY: 'any',
      },
    );
    inPeace = await askInPeace(cluster);
    redis = new Redis(cluster.redis.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
  }, testTimeoutMs);
  afterAll(async () => {
    redis.disconnect();
    await cluster.stop();
    await s3.stop();
  }, testTimeoutMs);
  beforeEach(async () => {
    subject = await ClusterUnderLoad.start(cluster, inPeace);
  }, testTimeoutMs);
  afterEach(() => subject.load.stop(), testTimeoutMs);

  it(
    'kill -9 and restart of Redis: gateways send again what it forgot',
    async () => {
      await cluster.redis.crash();
      await sleep(1_000);
      await cluster.redis.restart();
      expectRefusals(await subject.expectNothingLost('Redis restarted'));
    },
    testTimeoutMs,
  );

  it(
    'Redis away at the deadline of work that a worker had begun: the queue is to blame, not the client',
    async () => {
      const asked = embedMuch(cluster);
      await cluster.until('a worker has begun', () => hasBegun(redis));
      await cluster.redis.crash();
      const refused = await asked;
      await cluster.redis.restart();
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await refused.json()).toMatchObject({ code: 'queue.unavailable', retryable: true });
      expectRefusals(await subject.expectNothingLost('Redis away at a deadline'));
    },
    testTimeoutMs,
  );

  it(
    'Redis that lost everything: nothing but time is lost',
    async () => {
      await redis.flushall();
      expectRefusals(await subject.expectNothingLost('Redis emptied'));
    },
    testTimeoutMs,
  );

  it(
    'Redis out of memory: refuses by name, and serves again when there is room',
    async () => {
      await redis.config('SET', 'maxmemory', '1mb');
      await cluster.until('work is refused', () => (subject.load.report.retried['overloaded'] ?? 0) > 0);
      await redis.config('SET', 'maxmemory', '0');
      expectRefusals(await subject.expectNothingLost('Redis full'));
    },
    testTimeoutMs,
  );

  it(
    'the disk of Redis full: refuses by name, and serves again when there is room',
    async () => {
      await cluster.redis.limitGrowth(64 * 1_024);
      await cluster.until(
        'work is refused',
        () => (subject.load.report.retried['queue.unavailable'] ?? 0) > 0,
      );
      await cluster.redis.limitGrowth(Infinity);
      expectRefusals(await subject.expectNothingLost('Disk of Redis full'));
    },
    testTimeoutMs,
  );

  it(
    'the bucket of payloads away: images are refused by name, texts are answered as before',
    async () => {
      expect((await classify(cluster)).status).toBe(200);
      await s3.crash();
      const refused = await classify(cluster);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ code: 'payloads.unavailable', detail: bucketIsAway });
      const ready = await fetch(`${cluster.description.urls[0] ?? ''}/health/ready`);
      expect([ready.status, await ready.json()]).toEqual([
        200,
        { status: 'ready', impairment: bucketIsAway },
      ]);

      await s3.restart();
      await s3.createBucket('payloads');
      await cluster.until('images are answered', async () => (await classify(cluster)).status === 200);
      expectRefusals(await subject.expectNothingLost('Bucket away'));
    },
    testTimeoutMs,
  );

  it(
    'Postgres away for a minute: refuses by name, loses no usage',
    async () => {
      await cluster.postgres.crash();
      await sleep(60_000);
      await cluster.postgres.restart();
      expectRefusals(await subject.expectNothingLost('Postgres restarted'));
    },
    testTimeoutMs,
  );
});

const bucketIsAway = 'The store of large payloads cannot be reached (ECONNREFUSED)';
const photo = readFileSync('test/assets/cat.jpg').toString('base64');

/** An image that is too large for a queue entry. */
function classify({ description: { urls, apiKey } }: ClusterProcess): Promise<Response> {
  return fetch(`${urls[0] ?? ''}/v1/images/classify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ image: photo, topK: 1 }),
  });
}

/** Seconds of work, of a task that the load does not ask for. */
function embedMuch({ description: { urls, apiKey } }: ClusterProcess): Promise<Response> {
  const text = Array.from({ length: 128 }, (_, i) => `${i} ${'is a number among many others '.repeat(40)}`);
  return fetch(`${urls[0] ?? ''}/v1/embed`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'x-deadline-ms': '4000',
    },
    body: JSON.stringify({ text }),
  });
}

async function hasBegun(redis: Redis): Promise<boolean> {
  const [entry] = await redis.keys('inferway:{embed}:entry:*');
  return entry !== undefined && (await redis.hget(entry, 'claims')) === '1';
}

function expectRefusals({ retried }: LoadReport): void {
  expect(Object.keys(retried).filter((code) => !expectedRefusals.includes(code))).toEqual([]);
}
