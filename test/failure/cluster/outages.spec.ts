import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ClusterProcess, type LoadReport } from '#testing';
import { ClusterUnderLoad } from './cluster-under-load.js';

const testTimeoutMs = 240_000;

/** Retryable refusals of the catalogue that an outage may cause; anything else is a bug. */
const expectedRefusals = ['queue.unavailable', 'overloaded', 'deadline.exceeded', 'idempotency.in_flight'];

describe('a cluster whose Redis or Postgres goes away', () => {
  let cluster: ClusterProcess;
  let redis: Redis;
  let subject: ClusterUnderLoad;

  beforeAll(async () => {
    cluster = await ClusterProcess.start({ gateways: 2, workers: 2 });
    redis = new Redis(cluster.redis.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
  }, testTimeoutMs);
  afterAll(async () => {
    redis.disconnect();
    await cluster.stop();
  }, testTimeoutMs);
  beforeEach(async () => {
    subject = await ClusterUnderLoad.start(cluster);
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

function expectRefusals({ retried }: LoadReport): void {
  expect(Object.keys(retried).filter((code) => !expectedRefusals.includes(code))).toEqual([]);
}
