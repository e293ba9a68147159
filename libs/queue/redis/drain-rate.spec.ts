import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import { DrainRate } from '#scheduling';
import { connectRedis } from '#redis';
import { QueueScripts, type Entry } from './queue.scripts.js';

const generous = { maxWaitingMs: 1e9, maxPayloadBytes: 1e9 };
const full = { ...generous, maxWaitingMs: 0 };
const costMs = 10_000;
const jobs = 20;

describe('the rate in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let task: string;
  let quiet: QueueScripts;
  let releasing: QueueScripts;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
    quiet = new QueueScripts(redis, 0);
    // Full with any one entry.
    releasing = new QueueScripts(redis, 1e-9);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(async () => {
    task = randomUUID();
    for (let i = 0; i < jobs; i++) await quiet.submit(task, [entry(`id${i}`)], generous);
  });

  const workerLives = (engines: number) =>
    quiet.beat(task, { id: 'worker', engines, registration: '{"parcels":true}', ttlMs: 60_000 });
  const retryAfterS = async () => {
    const { answers } = await quiet.submit(task, [entry('refused')], full);
    const [answer] = answers;
    return answer?.state === 'backlog' ? answer.retryAfterS : undefined;
  };
  /** The job before is answered, the next one leaves the list, as if that long had passed since the last one left. */
  const leaves = async (index: number, elapsedMs: number) => {
    const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
    const state = `inferway:{${task}}:state`;
    const busySince = Number(await redis.hget(state, 'busySince'));
    if (busySince > 0) await redis.hset(state, { busySince: seconds * 1_000 + micros / 1_000 - elapsedMs });
    const end = { id: `id${index - 1}`, tookMs: costMs, reply: Buffer.from('reply'), keepMs: 1_000 };
    expect(await releasing.settle(task, [end])).toEqual([[`id${index}`]]);
  };

  it('is that every engine works while nothing was measured, also of work that came before its workers', async () => {
    expect(await retryAfterS()).toBe(jobs * 10);
    await workerLives(4);
    expect(await retryAfterS()).toBe((jobs * 10) / 4);
    await workerLives(5);
    expect(await retryAfterS()).toBe((jobs * 10) / 5);
  });

  it('is measured as DrainRate does it, large jobs and outages included, and told as it tells it', async () => {
    const time = { now: 0 };
    const model = new DrainRate({ now: () => time.now }, 2);
    await workerLives(2);
    const waits = [0, 500, 8_000, 3_000, 60_000, 200, 12_000, 5_000];
    for (const [index, elapsedMs] of waits.entries()) {
      await leaves(index, elapsedMs);
      time.now += elapsedMs;
      model.dispatched(costMs, true);
      const waitingMs = (jobs - index - 1) * costMs;
      const expectedS = waitingMs / model.value / 1_000;
      expect(Math.abs(((await retryAfterS()) ?? NaN) - expectedS)).toBeLessThan(1 + 0.02 * expectedS);
    }
    const [work, busy] = await redis.hmget(`inferway:{${task}}:state`, 'measuredWork', 'measuredBusy');
    expect(Number(work) / Number(busy)).toBeCloseTo(model.measured ?? NaN, 1);
  });
});

function entry(id: string): Entry {
  return {
    id,
    tenantId: 'tenant',
    weight: 1,
    lane: 'interactive',
    costMs,
    deadlineAt: systemClock.now() + 600_000,
    gatewayId: 'gateway',
    payload: Buffer.from('payload'),
    bytes: 7,
  };
}
