import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ClusterProcess, meteredCharacters, SteadyLoad } from '#testing';

const testTimeoutMs = 240_000;

/** Retryable refusals of the catalogue that an outage may cause; anything else is a bug. */
const expectedRefusals = [
  'queue.unavailable',
  'overloaded',
  'deadline.exceeded',
  'idempotency.in_flight',
  'database.unavailable',
];

describe('a cluster whose Redis or Postgres goes away', () => {
  let cluster: ClusterProcess;
  let redis: Redis;
  let load: SteadyLoad;
  let meteredBefore: number;

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
    meteredBefore = await meteredCharacters(cluster);
    load = await SteadyLoad.start(cluster);
    meteredBefore += load.charactersInPeace;
    await load.answered(50);
  }, testTimeoutMs);
  afterEach(() => load.stop(), testTimeoutMs);

  async function expectNothingLost(name: string): Promise<void> {
    await load.answered(50);
    const { crossed, lost, characters, retried, longestSilenceMs } = await load.stop();
    process.stdout.write(
      `${name}: longest silence ${Math.round(longestSilenceMs)} ms, retried ${JSON.stringify(retried)}\n`,
    );
    expect({ crossed, lost }).toEqual({ crossed: [], lost: [] });
    expect(Object.keys(retried).filter((code) => !expectedRefusals.includes(code))).toEqual([]);
    expect((await meteredCharacters(cluster)) - meteredBefore).toBe(characters);
  }

  it(
    'kill -9 and restart of Redis: gateways send again what it forgot',
    async () => {
      await cluster.redis.crash();
      await sleep(1_000);
      await cluster.redis.restart();
      await expectNothingLost('Redis restarted');
    },
    testTimeoutMs,
  );

  it(
    'Redis that lost everything: nothing but time is lost',
    async () => {
      await redis.flushall();
      await expectNothingLost('Redis emptied');
    },
    testTimeoutMs,
  );

  it(
    'Redis out of memory: refuses by name, and serves again when there is room',
    async () => {
      await redis.config('SET', 'maxmemory', '1mb');
      await cluster.until('work is refused', () => (load.report.retried['overloaded'] ?? 0) > 0);
      await redis.config('SET', 'maxmemory', '0');
      await expectNothingLost('Redis full');
    },
    testTimeoutMs,
  );

  it(
    'Postgres away for 15 s: refuses by name, loses no usage',
    async () => {
      await cluster.postgres.crash();
      await sleep(15_000);
      await cluster.postgres.restart();
      await expectNothingLost('Postgres restarted');
    },
    testTimeoutMs,
  );
});
