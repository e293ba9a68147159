import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { manifestSchema } from '../models/manifest.js';
import { EngineHost } from './engine-host.js';
import type { Runner, WarmUpOrder } from './runner.js';

const manifest = manifestSchema.parse(JSON.parse(readFileSync('models/minilm-l6/manifest.json', 'utf8')));
const silent = { onReport: () => undefined, onDropped: () => undefined };

describe('an engine host that warms up', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const startedAt = 1_000;

  /** Loads and warms models up of which each takes as long; answers what it asked of them. */
  async function warm(count: number, { loadMs = 0, warmMs = 0 }): Promise<WarmUpOrder[]> {
    let now = startedAt;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const orders: WarmUpOrder[] = [];
    const runner: Runner = {
      accept: () => undefined,
      cancel: () => undefined,
      hasWork: false,
      advance: () => Promise.resolve({ rows: 0, length: 0, ms: 0, done: [], failed: [] }),
      warmUp: (order) => {
        orders.push(order);
        now += warmMs;
        return Promise.resolve([]);
      },
    };
    const models = Array.from({ length: count }, (_, i) => ({ ref: `m@${i}`, directory: '', manifest }));
    const load = () => {
      now += loadMs;
      return Promise.resolve(runner);
    };
    await new EngineHost(silent).start(models, load, { warmUp: 'timed', startedAt, timeoutMs: 60_000 });
    return orders;
  }

  it('gives each model its share of the time from its own turn on, whatever those before it took', async () => {
    const orders = await warm(5, { warmMs: 5_000 });
    expect(orders).toHaveLength(5);
    for (const order of orders) expect(order).toMatchObject({ timed: true, budgetMs: 500 });
  });

  it('is to end with half of the time to get ready left, of which loading is a part', async () => {
    const orders = await warm(2, { loadMs: 10_000, warmMs: 5_000 });
    expect(orders.map(({ endsAt }) => endsAt - startedAt)).toEqual([30_000, 30_000]);
  });
});
