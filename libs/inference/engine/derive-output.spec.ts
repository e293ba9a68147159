import { describe, expect, it } from '@jest/globals';
import { deriveOutput } from './derive-output.js';
import { normalisePixels } from './normalise-pixels.js';

const spec = { from: 'a', to: 'b' };
const numbers = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toFixed(5)));

describe('What a host makes of outputs', () => {
  // Two tokens of width 3.
  const states = Float32Array.of(1, 2, 2, 3, 2, -2);

  it('is the mean over the tokens, or the first of them', () => {
    expect(numbers(deriveOutput(states, { ...spec, how: 'mean-pool' }, 2))).toEqual([2, 2, 0]);
    expect(numbers(deriveOutput(states, { ...spec, how: 'first-token' }, 2))).toEqual([1, 2, 2]);
  });

  it('has length 1 where the manifest says so, and a vector of zeros stays one', () => {
    const unit = { ...spec, how: 'first-token', unitLength: true } as const;
    expect(numbers(deriveOutput(states, unit, 2))).toEqual([0.33333, 0.66667, 0.66667]);
    expect(numbers(deriveOutput(new Float32Array(6), unit, 2))).toEqual([0, 0, 0]);
    const asIs = deriveOutput(Float32Array.of(0, 5), { ...spec, how: 'as-is', unitLength: true }, 1);
    expect(numbers(asIs)).toEqual([0, 1]);
  });

  it('is a distribution over classes, however large the logits', () => {
    const found = deriveOutput(Float32Array.of(1_000, 1_000 + Math.log(3)), { ...spec, how: 'softmax' }, 1);
    expect(numbers(found)).toEqual([0.25, 0.75].map((value) => expect.closeTo(value, 4)));
  });

  it('is made of floats only', () => {
    expect(() => deriveOutput(Int32Array.of(1), { ...spec, how: 'softmax' }, 1)).toThrow('a must be float32');
  });
});

describe('normalisePixels', () => {
  it('puts channels one after the other, scaled, centred and divided', () => {
    // One row of two pixels, RGB side by side.
    const pixels = Uint8Array.of(0, 100, 200, 50, 150, 250);
    const found = normalisePixels(pixels, { scale: 0.01, mean: [0.5, 1, 2], deviation: [0.5, 1, 0.25] });
    expect(numbers(found)).toEqual([-1, 0, 0, 0.5, 0, 2]);
  });
});
