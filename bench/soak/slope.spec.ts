import { describe, expect, it } from '@jest/globals';
import { slopePerMinute } from './slope.js';

describe('slopePerMinute', () => {
  const samples = (megabytes: readonly number[]) =>
    megabytes.map((each, minute) => ({ minute, megabytes: each }));

  it('is the growth a minute in percent of where it began', () => {
    expect(slopePerMinute(samples([200, 204, 208, 212]))).toBeCloseTo(2);
    expect(slopePerMinute(samples([200, 200, 200]))).toBe(0);
  });

  it('does not take one high sample for growth', () => {
    expect(Math.abs(slopePerMinute(samples([200, 200, 260, 200, 200])))).toBeLessThan(0.01);
  });
});
