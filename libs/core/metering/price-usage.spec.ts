import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Price } from '../ports/price-store.js';
import { CostOutOfRange, costMicros, priceAt } from './price-usage.js';

function price(differences: Partial<Price> = {}): Price {
  return {
    id: 'prc_1',
    task: 'translate',
    model: null,
    priceMicros: 20_000_000,
    perUnits: 1_000_000,
    currency: 'EUR',
    validFrom: new Date('2026-01-01T00:00:00Z'),
    createdAt: new Date('2025-12-01T00:00:00Z'),
    ...differences,
  };
}

const march = new Date('2026-03-01T00:00:00Z');

describe('priceAt', () => {
  const first = price({ id: 'first' });
  const second = price({ id: 'second', validFrom: march });
  const own = price({ id: 'own', model: 'en-pt', validFrom: march });
  const at = (model: string | undefined, time: Date, list = [second, own, first]) =>
    priceAt(list, { task: 'translate', ...(model !== undefined && { model }) }, time)?.id;

  it('is the latest price that has started, from its first millisecond on', () => {
    expect(at('', new Date(march.getTime() - 1))).toBe('first');
    expect(at('', march)).toBe('second');
    expect(at(undefined, new Date('2999-01-01'))).toBe('second');
  });

  it("is the model's own once that has started, whatever the revision, and the task's until then", () => {
    expect(at('en-pt@3', march)).toBe('own');
    expect(at('en-pt', march)).toBe('own');
    expect(at('en-pt@3', new Date(march.getTime() - 1))).toBe('first');
    expect(at('en-pt-large@1', march)).toBe('second');
  });

  it('is none before the first price, and none of another task', () => {
    expect(at('', new Date('2025-12-31T23:59:59.999Z'))).toBeUndefined();
    expect(priceAt([first], { task: 'embed' }, march)).toBeUndefined();
  });
});

describe('costMicros', () => {
  it.each([
    [1, 1, 2, 1], // 0.5 → 1
    [1, 1, 3, 0], // 0.33 → 0
    [2, 1, 3, 1], // 0.67 → 1
    [3, 1, 2, 2], // 1.5 → 2
    [0, 999, 7, 0],
    [1_000_000, 20_000_000, 1_000_000, 20_000_000],
    [3, 100_000, 1, 300_000], // 0.1 three times is 0.3
    [9_007_199_254_740_991, 1_000_000, 1_000_000, 9_007_199_254_740_991],
  ])(
    '%d units at %d per %d cost %d: the nearest millionth, a half up',
    (amount, priceMicros, perUnits, cost) => {
      expect(costMicros(amount, { priceMicros, perUnits })).toBe(cost);
    },
  );

  it('is never further from the exact quotient than half a millionth', () => {
    const whole = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(
        whole(1e12),
        whole(1_000),
        fc.integer({ min: 1, max: 1e9 }),
        (amount, priceMicros, perUnits) => {
          const [cost, per] = [BigInt(costMicros(amount, { priceMicros, perUnits })), BigInt(perUnits)];
          const offTimesPer = cost * per - BigInt(amount) * BigInt(priceMicros);
          expect(2n * offTimesPer <= per && 2n * offTimesPer > -per).toBe(true);
        },
      ),
    );
  });

  it('refuses what a number cannot hold instead of rounding it', () => {
    expect(() => costMicros(Number.MAX_SAFE_INTEGER, { priceMicros: 2, perUnits: 1 })).toThrow(
      CostOutOfRange,
    );
  });
});
