import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shareCompute } from './share-compute.js';

describe('shareCompute', () => {
  it('gives away exactly the observed milliseconds, no more padding than compute', () => {
    const rows = fc.array(fc.record({ length: fc.integer({ min: 0, max: 100 }) }), {
      minLength: 1,
      maxLength: 64,
    });
    fc.assert(
      fc.property(rows, fc.double({ min: 1e-3, max: 1e5, noNaN: true }), (of, ms) => {
        const shares = shareCompute(of, 100, ms);
        expect(shares.reduce((sum, { computeMs }) => sum + computeMs, 0)).toBe(ms);
        for (const { computeMs, paddingMs } of shares) {
          expect(computeMs).toBeCloseTo(ms / of.length, 6);
          expect(paddingMs).toBeGreaterThanOrEqual(0);
          expect(paddingMs).toBeLessThanOrEqual(computeMs);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('shows as padding what a row did not need of the length of its run', () => {
    expect(shareCompute([{ length: 10 }, { length: 40 }], 40, 8)).toEqual([
      { computeMs: 4, paddingMs: 3 },
      { computeMs: 4, paddingMs: 0 },
    ]);
  });
});
