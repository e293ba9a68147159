import { describe, expect, it } from '@jest/globals';
import { slotsPerEngine } from './spread-slots.js';

describe('slotsPerEngine', () => {
  it('keeps rows together until two engines have enough each', () => {
    expect(slotsPerEngine(1, 4)).toBe(1);
    expect(slotsPerEngine(23, 4)).toBe(23);
  });

  it('gives even shares to as many engines as have enough', () => {
    expect(slotsPerEngine(24, 4)).toBe(12);
    expect(slotsPerEngine(40, 4)).toBe(14);
    expect(slotsPerEngine(64, 4)).toBe(16);
  });

  it('gives no engine more than makes a step worthwhile where one tenant crowds it beside others', () => {
    expect(slotsPerEngine(8, 2, true)).toBe(8);
    expect(slotsPerEngine(64, 2, true)).toBe(12);
  });

  it('leaves no row without a slot, however many there are', () => {
    for (let rows = 1; rows < 200; rows++)
      for (const engines of [1, 2, 3, 8])
        expect(engines * slotsPerEngine(rows, engines)).toBeGreaterThanOrEqual(rows);
  });
});
