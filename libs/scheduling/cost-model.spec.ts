import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CostModel, type RunShape } from './cost-model.js';

const shapes: RunShape[] = [1, 2, 4, 8, 16].flatMap((rows) =>
  [8, 32, 64, 128].map((length) => ({ rows, length })),
);
const imageShapes: RunShape[] = [1, 2, 4].map((rows) => ({ rows, length: 1 }));
const coefficient = fc.double({ min: 0, max: 10, noNaN: true });

const fitted = (samples: RunShape[], msOf: (shape: RunShape) => number) => {
  const model = new CostModel();
  model.fit(samples.map((shape) => ({ ...shape, ms: msOf(shape) })));
  return model;
};

describe('CostModel', () => {
  it('recovers a linear cost from warm-up samples and predicts shapes it has not seen', () => {
    fc.assert(
      fc.property(
        coefficient,
        coefficient,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (fixed, row, token) => {
          const trueMs = ({ rows, length }: RunShape) => fixed + rows * (row + token * length);
          const model = fitted(shapes, trueMs);
          for (const shape of [...shapes, { rows: 24, length: 200 }, { rows: 3, length: 50 }]) {
            expect(model.predictMs(shape) / trueMs(shape)).toBeCloseTo(1, 4);
          }
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it('recovers an attention-like quadratic cost', () => {
    const trueMs = ({ rows, length }: RunShape) => 2 + rows * (0.5 + 0.05 * length + 0.002 * length ** 2);
    const model = fitted(shapes, trueMs);
    expect(model.predictMs({ rows: 4, length: 256 }) / trueMs({ rows: 4, length: 256 })).toBeCloseTo(1, 3);
  });

  it('fits images, whose length never varies', () => {
    const model = fitted(imageShapes, ({ rows }) => 3 + 20 * rows);
    expect(model.predictMs({ rows: 3, length: 1 })).toBeCloseTo(63, 3);
    expect(model.rowMs(1)).toBeCloseTo(83 / 4, 3);
  });

  it('stays within 10 % of the truth when samples are noisy and one of each shape is a stall', () => {
    const trueMs = ({ rows, length }: RunShape) => 2 + rows * (1 + 0.1 * length);
    const factors = [0.95, 1, 1.05, 1.02, 9];
    const model = new CostModel();
    model.fit(
      shapes.flatMap((shape, i) =>
        factors.map((factor) => ({ ...shape, ms: trueMs(shape) * factor * (i % 2 ? 1.03 : 0.97) })),
      ),
    );
    for (const shape of shapes)
      expect(Math.abs(model.predictMs(shape) / trueMs(shape) - 1)).toBeLessThan(0.1);
  });

  it('takes its shape from a curve, where there is one, and its scale from noisy samples', () => {
    const trueMs = ({ rows, length }: RunShape) => 0.5 + rows * (0.1 + 0.03 * length);
    const curve = shapes.map((shape) => ({ ...shape, ms: trueMs(shape) }));
    const factor = fc.double({ min: 1, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.array(factor, { minLength: 4, maxLength: 12 }), (factors) => {
        const model = new CostModel();
        model.fit(
          factors.flatMap((noise, i) => {
            const shape = shapes[(7 * i) % shapes.length];
            return shape === undefined ? [] : [{ ...shape, ms: 2 * trueMs(shape) * noise }];
          }),
          curve,
        );
        const [one = NaN, eight = NaN] = [1, 8].map((rows) => model.predictMs({ rows, length: 32 }));
        expect(eight / one).toBeCloseTo(trueMs({ rows: 8, length: 32 }) / trueMs({ rows: 1, length: 32 }), 6);
        expect(one / trueMs({ rows: 1, length: 32 })).toBeGreaterThanOrEqual(2 - 1e-6);
        expect(one / trueMs({ rows: 1, length: 32 })).toBeLessThanOrEqual(6 + 1e-6);
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('never predicts a negative or falling cost, whatever the samples', () => {
    const sample = fc.record({
      rows: fc.integer({ min: 1, max: 64 }),
      length: fc.integer({ min: 1, max: 512 }),
      ms: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 30 }), (samples) => {
        const model = new CostModel();
        model.fit(samples);
        const one = model.predictMs({ rows: 1, length: 8 });
        expect(one).toBeGreaterThanOrEqual(0);
        expect(model.predictMs({ rows: 2, length: 8 })).toBeGreaterThanOrEqual(one);
        expect(model.predictMs({ rows: 1, length: 16 })).toBeGreaterThanOrEqual(one);
        expect(model.rowMs(8)).toBeGreaterThan(0);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('follows a lasting two-fold slow-down within 40 runs and back again', () => {
    const trueMs = ({ rows, length }: RunShape) => 2 + rows * (1 + 0.1 * length);
    const model = fitted(shapes, trueMs);
    const shape = { rows: 8, length: 64 };
    for (const slowDown of [2, 1]) {
      for (let i = 0; i < 40; i++) model.observe(shape, trueMs(shape) * slowDown);
      expect(
        model.predictMs({ rows: 3, length: 32 }) / trueMs({ rows: 3, length: 32 }) / slowDown,
      ).toBeCloseTo(1, 1);
    }
  });

  it('predicts what a row is charged apart from how long the engine has it', () => {
    const trueMs = ({ rows, length }: RunShape) => 1 + rows * (1 + 0.1 * length);
    const model = fitted(shapes, trueMs);
    const shape = { rows: 16, length: 32 };
    const chargedMs = model.rowMs(32);
    for (let i = 0; i < 60; i++) model.observe(shape, 3 * trueMs(shape), trueMs(shape));
    expect(model.predictMs(shape) / trueMs(shape)).toBeCloseTo(3, 1);
    expect(model.rowMs(32) / chargedMs).toBeCloseTo(1, 5);
    expect(model.chargedShare).toBeCloseTo(1 / 3, 2);
  });

  it('is moved by less than a third by one stalled run', () => {
    const model = fitted(imageShapes, ({ rows }) => 3 + 20 * rows);
    model.observe({ rows: 1, length: 1 }, 60_000);
    expect(model.predictMs({ rows: 1, length: 1 })).toBeLessThan(23 * 1.34);
  });
});
