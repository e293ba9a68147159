import { describe, expect, it } from '@jest/globals';
import type { UsageBucket } from '#contracts';
import type { HeldUnits, Price, UsageRange } from '#core';
import { consumptionOf } from './read-consumption.js';

const now = Date.UTC(2026, 10, 20, 12);
const expiresAt = new Date(now + 1_000);

const price = (priceMicros: number, validFrom: string, model: string | null = null): Price => ({
  ...{ id: validFrom, task: 'embed', model, priceMicros, perUnits: 1_000, currency: 'EUR' },
  validFrom: new Date(validFrom),
  createdAt: new Date(0),
});
const bucket = (start: string, amount: number, model = 'm@1'): UsageBucket => ({
  ...{ day: start.slice(0, 10), start, task: 'embed', unit: 'characters', model, amount, items: 1 },
  computeMs: 0,
});

function reading(report: (range: UsageRange) => UsageBucket[], held: HeldUnits[], prices: Price[]) {
  const asked: UsageRange[] = [];
  const tasksHeld: (string | undefined)[] = [];
  const read = consumptionOf({
    usage: {
      report: (_, range) => {
        asked.push(range);
        return Promise.resolve(report(range));
      },
    },
    jobs: {
      heldUnits: (_, task) => {
        tasksHeld.push(task);
        return Promise.resolve(held);
      },
    },
    prices: { current: () => Promise.resolve(prices) },
    calendar: { now: () => now },
  });
  return { read, asked, tasksHeld };
}

const meter = (name: string, period: string) => ({ name, period, limit: 1, amount: 0 });

describe('what was used, read for a counter', () => {
  it('of a quota is the units of its month and task, whatever month it is by now', async () => {
    const held = [{ jobId: 'job_1', task: 'embed', units: 9, expiresAt }];
    const { read, asked, tasksHeld } = reading(
      () => [bucket('2026-10-01', 4), bucket('2026-10-31', 5)],
      held,
      [],
    );
    expect(await read('ten', meter('quota.embed', '2026-10'))).toEqual({
      used: 9,
      held: [{ id: 'job_1', amount: 9, expiresAt: expiresAt.getTime() }],
    });
    expect(asked).toEqual([
      { from: new Date('2026-10-01'), to: new Date('2026-10-31T23:59:59.999Z'), task: 'embed' },
    ]);
    expect(tasksHeld).toEqual(['embed']);
  });

  it('of a budget is money, each day by its price and by the hour where a price began', async () => {
    const prices = [
      price(2_000, '2026-01-01T00:00:00Z'),
      price(7_000, '2026-11-10T13:00:00Z'),
      price(1_000, '2026-01-01T00:00:00Z', 'cheap'),
    ];
    const held = [{ jobId: 'job_1', task: 'embed', units: 10, expiresAt }];
    const { read } = reading(
      ({ bucket: length }) =>
        length === 'hour'
          ? [bucket('2026-11-10T12:00:00Z', 100), bucket('2026-11-10T13:00:00Z', 10)]
          : [
              bucket('2026-11-09T00:00:00Z', 1_000),
              bucket('2026-11-10T00:00:00Z', 110),
              bucket('2026-11-11T00:00:00Z', 1),
              bucket('2026-11-11T00:00:00Z', 50, 'cheap@3'),
            ],
      held,
      prices,
    );
    expect(await read('ten', meter('budget', 'prepaid'))).toEqual({
      used: 1_000 * 2 + 100 * 2 + 10 * 7 + 1 * 7 + 50 * 1,
      held: [{ id: 'job_1', amount: 70, expiresAt: expiresAt.getTime() }],
    });
  });
});
