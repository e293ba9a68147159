import { describe, expect, it } from '@jest/globals';
import { fairShares, jainIndex } from './fair-shares.js';

const demand = (weight: number, perSecond: number) => ({ weight, perSecond });

describe('fairShares', () => {
  it('gives everyone what it asks for while that is there', () => {
    expect(fairShares(100, [demand(1, 10), demand(5, 60)])).toEqual([10, 60]);
  });

  it('splits a capacity that is too small by weight', () => {
    expect(fairShares(90, [demand(1, 500), demand(2, 500)])).toEqual([30, 60]);
  });

  it('gives what a small tenant leaves to the others, by weight', () => {
    expect(fairShares(100, [demand(1, 10), demand(1, 500), demand(2, 500)])).toEqual([10, 30, 60]);
  });
});

describe('jainIndex', () => {
  it('is 1 for equals and 1/n for a winner who takes all', () => {
    expect(jainIndex([0.7, 0.7, 0.7])).toBeCloseTo(1);
    expect(jainIndex([1, 0, 0, 0])).toBeCloseTo(0.25);
  });
});
