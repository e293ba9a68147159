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
  const numbers = async (...fields: string[]) =>
    (await redis.hmget(`inferway:{${task}}:state`, ...fields)).map(Number);
  /** As if so much time went by. */
  const pass = async (ms: number) => {
    const [busySince = 0, measuredAt = 0] = await numbers('busySince', 'measuredAt');
    const state = `inferway:{${task}}:state`;
    if (busySince > 0) await redis.hset(state, { busySince: busySince - ms });
    if (measuredAt > 0) await redis.hset(state, { measuredAt: measuredAt - ms });
  };
  /** The job before is answered, the next one leaves the list. */
  const leaves = async (index: number, elapsedMs: number) => {
    await pass(elapsedMs);
    const end = { id: `id${index - 1}`, tookMs: costMs, reply: Buffer.from('reply'), keepMs: 1_000 };
    expect(await releasing.settle(task, [end])).toEqual([[`id${index}`]]);
  };
  /** What the door says to somebody with hardly any time, who goes again if let in. */
  const askShortly = async () => {
    const asking = { ...entry('asking'), deadlineAt: systemClock.now() + 5_000 };
    const { answers } = await quiet.submit(task, [asking], generous);
    await quiet.cancel(task, 'asking');
    return answers[0]?.state;
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
    const [work = 0, busy = 0] = await numbers('measuredWork', 'measuredBusy');
    expect(work / busy).toBeCloseTo(model.measured ?? NaN, 1);
  });

  it('refuses nobody by a measurement that is old, though the same work waits', async () => {
    await leaves(0, 0);
    expect(await askShortly()).toBe('ok');
    for (let index = 1; index < 4; index++) await leaves(index, 8_000);
    expect(await askShortly()).toBe('deadline');
    await pass(5_000);
    expect(await askShortly()).toBe('deadline');
    await pass(6_000);
    expect(await askShortly()).toBe('ok');
  });

  it('does not take an hour for capacity in which nothing waited, as the last that did was cancelled, and forgets in it', async () => {
    for (let index = 0; index < 4; index++) await leaves(index, 8_000);
    for (let index = 4; index < jobs; index++) await quiet.cancel(task, `id${index}`);
    await pass(3_600_000);
    for (const id of ['id4', 'id5', 'id6']) await quiet.submit(task, [entry(id)], generous);
    await leaves(4, 0);
    expect(await numbers('measuredWork', 'measuredBusy')).toEqual([0, 0]);
    await leaves(5, 8_000);
    const [work = 0, busy = 0] = await numbers('measuredWork', 'measuredBusy');
    expect(work / busy).toBeCloseTo(costMs / 8_000, 1);
  });

  it('is not told by the last that leaves, as it is all that there was to hand out', async () => {
    for (let index = 0; index < 4; index++) await leaves(index, 8_000);
    for (let index = 5; index < jobs; index++) await quiet.cancel(task, `id${index}`);
    const before = await numbers('measuredWork', 'measuredBusy');
    await leaves(4, 100);
    expect(await numbers('measuredWork', 'measuredBusy')).toEqual(before);
    expect(await numbers('busySince')).toEqual([0]);
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
