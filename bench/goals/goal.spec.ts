import { describe, expect, it } from '@jest/globals';
import { goalLines, isMet } from './goal.js';

const goal = { name: 'gain', unit: '×' };

describe('a goal', () => {
  it('is met at its bound and missed beyond it, on either side', () => {
    expect(isMet({ ...goal, value: 1.8, atLeast: 1.8 })).toBe(true);
    expect(isMet({ ...goal, value: 1.79, atLeast: 1.8 })).toBe(false);
    expect(isMet({ ...goal, value: 2.1, atLeast: 1.9, atMost: 2.1 })).toBe(true);
    expect(isMet({ ...goal, value: 2.2, atLeast: 1.9, atMost: 2.1 })).toBe(false);
  });

  it('is missed by what could not be measured', () => {
    expect(isMet({ ...goal, value: NaN, atMost: 2 })).toBe(false);
  });

  it('is printed with its bounds, a miss in capitals', () => {
    expect(goalLines([{ ...goal, value: 1, atLeast: 1.8 }])).toBe('MISSED  gain  1.00 × (at least 1.80)');
  });

  it('is printed without a verdict when it has no bound', () => {
    expect(goalLines([{ ...goal, value: 4 }])).toBe('        gain  4.00 ×');
  });
});
