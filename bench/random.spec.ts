import { describe, expect, it } from '@jest/globals';
import { drawByShare, seeded } from './random.js';

describe('seeded', () => {
  it('is the same for the same seed and another for another', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seeded(seed));
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('is even over [0, 1)', () => {
    const random = seeded(1);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(10 * random());
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1_100);
  });
});

describe('drawByShare', () => {
  it('gives each name its part of [0, 1)', () => {
    const draw = drawByShare([
      ['one', 1],
      ['three', 3],
    ]);
    expect([0, 0.24, 0.25, 0.99, 1].map(draw)).toEqual(['one', 'one', 'three', 'three', 'three']);
  });
});
