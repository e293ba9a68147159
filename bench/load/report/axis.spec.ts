import { describe, expect, it } from '@jest/globals';
import { axisAt, linearAxis, logAxis } from './axis.js';

describe('linearAxis', () => {
  it('ends at a round number that holds the largest value', () => {
    const { ticks, place } = linearAxis([3, 87, NaN]);
    expect(ticks).toEqual([0, 20, 40, 60, 80, 100]);
    expect(place(50)).toBe(0.5);
  });

  it('stands where there is nothing to show', () => {
    expect(linearAxis([]).ticks.at(-1)).toBeGreaterThan(0);
  });
});

describe('logAxis', () => {
  it('spans the decades of the values', () => {
    const { ticks, place } = logAxis([7, 900]);
    expect(ticks).toEqual([5, 10, 20, 50, 100, 200, 500, 1_000]);
    expect([place(5), place(1_000)]).toEqual([0, 1]);
  });

  it('leaves out what has no place on it', () => {
    expect(logAxis([0, NaN, 3]).ticks).toEqual([2, 5]);
  });
});

describe('axisAt', () => {
  it('marks the values, but none so close to another that both cannot be read', () => {
    expect(axisAt([100, 101, 200, 400]).ticks).toEqual([100, 200, 400]);
    expect(axisAt([50]).place(50)).toBe(0.5);
  });
});
