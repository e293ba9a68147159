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

  /** Warms models up of which each takes as long; answers what it asked of those whose turn came. */
  async function warm(count: number, eachMs: number): Promise<WarmUpOrder[]> {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const orders: WarmUpOrder[] = [];
    const runner: Runner = {
      accept: () => undefined,
      cancel: () => undefined,
      hasWork: false,
      advance: () => Promise.resolve({ rows: 0, length: 0, ms: 0, done: [], failed: [] }),
      warmUp: (order) => {
        orders.push(order);
        now += eachMs;
        return Promise.resolve([]);
      },
    };
    const models = Array.from({ length: count }, (_, i) => ({ ref: `m@${i}`, directory: '', manifest }));
    await new EngineHost(silent).start(models, () => Promise.resolve(runner), 'timed');
    return orders;
  }

  it('gives each model its share of the time from its own turn on, whatever those before it took', async () => {
    const orders = await warm(5, 5_000);
    expect(orders).toEqual(Array.from({ length: 5 }, () => ({ timed: true, budgetMs: 500 })));
  });

  it('leaves models cold rather than not get ready in time', async () => {
    expect(await warm(10, 5_000)).toHaveLength(6);
  });
});
