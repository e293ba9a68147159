import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { systemClock } from '#kernel';
import { startRedis, type RedisServer } from '#local-servers';
import { LanedFairQueue, usedOfDeadline, type FairEntry, type Lane } from '#scheduling';
import { connectRedis } from '#redis';
import { QueueScripts, type Entry } from './queue.scripts.js';

type Operation =
  | { kind: 'push'; tenant: number; weight: number; costMs: number; lane: Lane }
  | { kind: 'serve'; tookMs: number }
  | { kind: 'remove'; which: number }
  | { kind: 'ask'; tenant: number; weight: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: pushed() },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('serve' as const), tookMs: fc.integer({ min: 0, max: 90 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat(100) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      tenant: fc.nat(4),
      weight: fc.constantFrom(0.5, 1, 2, 3),
    }),
  },
);

function pushed(): fc.Arbitrary<Operation> {
  return fc.record({
    kind: fc.constant('push' as const),
    tenant: fc.nat(4),
    weight: fc.constantFrom(0.5, 1, 2, 3),
    costMs: fc.integer({ min: 1, max: 400 }).map((tenths) => tenths / 10),
    lane: fc.constantFrom<Lane>('interactive', 'interactive', 'bulk'),
  });
}

const limits = { maxWaitingMs: 1e9, maxPayloadBytes: 1e9 };
/** A window that is full with any one entry: a call releases one or none. */
const oneAtATimeMs = 1e-9;
const noneMs = 0;
/** Work that leaves in a millisecond, as measured: so little that no time passes between two calls. */
const measuredRate = 1e-6;
const measuredWorkMs = 1e4;

describe('the fair order in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let runs = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(server.url);
    await redis.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it('is the order of LanedFairQueue, entry by entry, whatever is pushed, served, corrected and removed; what goes before another is too', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 200, size: 'max' }), async (operations) => {
        const pair = new Pair(redis, `property-${++runs}`);
        for (const each of operations) await pair.run(each);
        await pair.drain();
        refused += pair.refused;
      }),
      { numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(50);
  }, 120_000);

  it('counts what waits down to exactly nothing', async () => {
    const task = 'empty';
    const quiet = new QueueScripts(redis, noneMs);
    for (let i = 0; i < 50; i++)
      await quiet.submit(task, [entry(`id${i}`, 0.1 + i / 3, i % 3, 1, 'interactive')], limits);
    for (let i = 0; i < 50; i++) await quiet.cancel(task, `id${i}`);
    expect(await quiet.survey(task)).toMatchObject({ waitingJobs: 0, waitingMs: 0 });
    expect(await redis.keys('inferway:{empty}:entry:*')).toEqual([]);
  });
});

/** The policy object and the scripts, given the same operations. */
class Pair {
  /** Entries that were asked for with too little time. */
  refused = 0;
  private readonly model = new LanedFairQueue<string>();
  private readonly entries = new Map<string, FairEntry<string>>();
  private readonly quiet: QueueScripts;
  private readonly releasing: QueueScripts;
  private made = 0;

  constructor(
    private readonly redis: Redis,
    private readonly task: string,
  ) {
    this.quiet = new QueueScripts(redis, noneMs);
    this.releasing = new QueueScripts(redis, oneAtATimeMs);
  }

  async run(operation: Operation): Promise<void> {
    if (operation.kind === 'push') await this.push(operation);
    else if (operation.kind === 'serve') await this.serve(operation.tookMs);
    else if (operation.kind === 'ask') await this.ask(operation);
    else await this.remove(operation.which);
  }

  async drain(): Promise<void> {
    while (this.entries.size > 0) await this.serve(1);
    expect(await this.releasing.cancel(this.task, 'unknown')).toEqual([]);
  }

  private async push({ tenant, weight, costMs, lane }: Extract<Operation, { kind: 'push' }>): Promise<void> {
    const value = `id${++this.made}`;
    const pushed = { tenantId: `tenant${tenant}`, weight, costMs, value };
    this.entries.set(value, pushed);
    this.model.push(lane, pushed);
    const sent = [entry(value, costMs, tenant, weight, lane)];
    expect(await this.quiet.submit(this.task, sent, limits)).toEqual({
      answers: [{ state: 'ok' }],
      released: [],
    });
  }

  /** A caller with a little less time than its answer will take is refused, one with a little more is not, and leaves. */
  private async ask({ tenant, weight }: Extract<Operation, { kind: 'ask' }>): Promise<void> {
    const value = `id${++this.made}`;
    const costMs = 1;
    const aheadMs = this.model.aheadMs(`tenant${tenant}`, weight);
    const takesMs = (aheadMs + costMs) / measuredRate / usedOfDeadline;
    const state = `inferway:{${this.task}}:state`;
    const submit = async (leftMs: number) => {
      await this.redis.hset(state, {
        measuredWork: measuredWorkMs,
        measuredBusy: measuredWorkMs / measuredRate,
        measuredAt: Date.now(),
      });
      const sent = {
        ...entry(value, costMs, tenant, weight, 'interactive'),
        deadlineAt: Date.now() + leftMs,
      };
      return (await this.quiet.submit(this.task, [sent], limits)).answers;
    };
    if (aheadMs > 0) {
      expect(await submit(0.999 * takesMs)).toMatchObject([{ state: 'deadline', retryAfterS: 300 }]);
      this.refused++;
    }
    expect(await submit(aheadMs > 0 ? 1.001 * takesMs : 1_000)).toEqual([{ state: 'ok' }]);
    await this.quiet.cancel(this.task, value);
    await this.redis.hset(state, { measuredBusy: 0 });
    const pushed = { tenantId: `tenant${tenant}`, weight, costMs, value };
    this.model.push('interactive', pushed);
    this.model.remove(pushed);
  }

  private async serve(tookMs: number): Promise<void> {
    const expected = this.model.pop();
    const released = await this.releasing.cancel(this.task, 'unknown');
    expect(released).toEqual(expected === undefined ? [] : [[expected.value]]);
    if (expected === undefined) return;
    this.entries.delete(expected.value);
    this.model.charge(expected.tenantId, tookMs - expected.costMs);
    const reply = Buffer.from('reply');
    await this.quiet.settle(this.task, [{ id: expected.value, tookMs, reply, keepMs: 1_000 }]);
  }

  private async remove(which: number): Promise<void> {
    const [id, removed] = [...this.entries][which % Math.max(1, this.entries.size)] ?? [];
    if (id === undefined || removed === undefined) return;
    this.entries.delete(id);
    this.model.remove(removed);
    expect(await this.quiet.cancel(this.task, id)).toEqual([]);
  }
}

function entry(id: string, costMs: number, tenant: number, weight: number, lane: Lane): Entry {
  return {
    id,
    tenantId: `tenant${tenant}`,
    weight,
    lane,
    costMs,
    deadlineAt: systemClock.now() + 60_000,
    gatewayId: 'gateway',
    payload: Buffer.from('payload'),
    bytes: 7,
  };
}
