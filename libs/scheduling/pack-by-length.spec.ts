import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packByLength } from './pack-by-length.js';
import { paddedLength, warmCost } from './testing/simulation.js';

const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 60 });
const anyCost = fc.record({
  fixedMs: fc.double({ min: 0, max: 50, noNaN: true }),
  perRowMs: fc.double({ min: 0, max: 5, noNaN: true }),
  perTokenMs: fc.double({ min: 0.001, max: 1, noNaN: true }),
});
const maxRows = fc.integer({ min: 1, max: 32 });

const rowsOf = (of: readonly number[]) => of.map((length, value) => ({ length, value }));

describe('packByLength', () => {
  it('keeps every row exactly once, within maxRows, padded to what its run needs', () => {
    fc.assert(
      fc.property(lengths, anyCost, maxRows, (of, trueCost, max) => {
        const cost = warmCost(trueCost, 16);
        const runs = packByLength(rowsOf(of), cost, max, paddedLength);
        expect(runs.flatMap(({ rows }) => rows).toSorted((a, b) => a - b)).toEqual(of.map((_, i) => i));
        for (const { rows, length, predictedMs } of runs) {
          expect(rows.length).toBeLessThanOrEqual(max);
          expect(length).toBe(Math.max(...rows.map((row) => paddedLength(of[row] ?? 0))));
          expect(predictedMs).toBe(cost.predictMs({ rows: rows.length, length }));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('costs at most what a single run or any split into equal chunks costs, sorted or not', () => {
    fc.assert(
      fc.property(lengths, anyCost, (of, trueCost) => {
        const cost = warmCost(trueCost, 16);
        const total = (chunks: number[][]) =>
          chunks.reduce(
            (sum, chunk) =>
              sum + cost.predictMs({ rows: chunk.length, length: paddedLength(Math.max(...chunk)) }),
            0,
          );
        const packedMs = packByLength(rowsOf(of), cost, of.length, paddedLength).reduce(
          (sum, run) => sum + run.predictedMs,
          0,
        );
        for (const order of [of, of.toSorted((a, b) => a - b)]) {
          for (let size = 1; size <= of.length; size++) {
            const chunks = Array.from({ length: Math.ceil(of.length / size) }, (_, i) =>
              order.slice(i * size, (i + 1) * size),
            );
            expect(packedMs).toBeLessThanOrEqual(total(chunks) * (1 + 1e-6));
          }
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('finds the best of all partitions of a few rows', () => {
    const few = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(few, anyCost, fc.integer({ min: 1, max: 4 }), (of, trueCost, max) => {
        const cost = warmCost(trueCost, 16);
        const msOf = (run: number[]) =>
          cost.predictMs({ rows: run.length, length: paddedLength(Math.max(...run)) });
        const bestMs = (index: number, runs: number[][]): number => {
          const length = of[index];
          if (length === undefined) return runs.reduce((sum, run) => sum + msOf(run), 0);
          const joined = runs.flatMap((run, i) => (run.length < max ? [runs.with(i, [...run, length])] : []));
          return Math.min(...[...joined, [...runs, [length]]].map((next) => bestMs(index + 1, next)));
        };
        const packedMs = packByLength(rowsOf(of), cost, max, paddedLength).reduce(
          (sum, run) => sum + run.predictedMs,
          0,
        );
        expect(packedMs).toBeCloseTo(bestMs(0, []), 5);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('does not cut for nothing: equal rows that fit are one run, even where runs have no fixed cost', () => {
    const cost = warmCost({ fixedMs: 0, perRowMs: 0, perTokenMs: 0.1 }, 16);
    expect(packByLength(rowsOf(Array<number>(16).fill(40)), cost, 16, paddedLength)).toHaveLength(1);
  });
});
