import { describe, expect, it } from '@jest/globals';
import { poissonArrivals } from './arrivals.js';

describe('poissonArrivals', () => {
  const moments = poissonArrivals(500, 20);

  it('come at the rate that was asked for, in order and in time', () => {
    expect(Math.abs(moments.length - 10_000)).toBeLessThan(300);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(moments.at(-1)).toBeLessThan(20_000);
  });

  it('come in bursts: the spread of the gaps is as large as their mean', () => {
    const gaps = moments.map((moment, i) => moment - (moments[i - 1] ?? 0));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('are the same in every run', () => {
    expect(poissonArrivals(500, 20)).toEqual(moments);
  });
});
