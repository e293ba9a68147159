import { describe, expect, it } from '@jest/globals';
import { aloneMs } from './thread-time.js';

describe('aloneMs', () => {
  it('is the time by the clock where nobody else had the core, however coarsely its use is counted', () => {
    expect(aloneMs({ ms: 5, computeMs: 1 })).toBe(5);
    expect(aloneMs({ ms: 5, computeMs: 9 })).toBe(5);
  });

  it('leaves out what others had of the core', () => {
    expect(aloneMs({ ms: 200, computeMs: 50 })).toBeLessThan(60);
    expect(aloneMs({ ms: 200, computeMs: 50 })).toBeGreaterThanOrEqual(50);
  });
});
