import { describe, expect, it } from '@jest/globals';
import { rowsPerEngine } from './spread-rows.js';

describe('rowsPerEngine', () => {
  it('spreads rows over idle engines when rows are the cost', () => {
    expect(rowsPerEngine(8, 4, (rows) => 1 + 10 * rows)).toBe(2);
  });

  it('keeps rows together when the run itself is the cost', () => {
    expect(rowsPerEngine(8, 4, (rows) => 100 + 0.1 * rows)).toBe(8);
  });

  it('uses only as many engines as pay for their fixed cost', () => {
    expect(rowsPerEngine(8, 4, (rows) => 8 + rows)).toBe(4);
  });

  it('gives a single engine everything, and never less than one row', () => {
    expect(rowsPerEngine(8, 1, (rows) => rows)).toBe(8);
    expect(rowsPerEngine(2, 64, (rows) => rows)).toBe(1);
  });
});
