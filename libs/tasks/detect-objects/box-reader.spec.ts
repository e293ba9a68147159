import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BoxReader } from './box-reader.js';

const bins = 4;
const kinds = 3;
/** A picture of 32 × 16 pixels: eight places of stride 8, then two of stride 16. */
const reader = new BoxReader({ width: 32, height: 16 }, { strides: [8, 16], bins }, kinds);
const whole = { x: 0, y: 0, width: 32, height: 16 };
const asIs = { source: whole, target: whole };
const all = { minScore: 0 };

/** Logits of a distribution that is all in one bin. */
const sure = (bin: number) => Array.from({ length: bins }, (_, i) => (i === bin ? 100 : -100));
const one = (place: number, kind: number, distances: number[], score = 0.5) => ({
  scores: [score],
  cells: [place * kinds + kind],
  distances,
});

describe('BoxReader', () => {
  it('measures from the centre of the place, in strides, to the left, top, right and bottom', () => {
    // Place 5 is the second of the second row: centre (12, 12).
    const [found] = reader.read(one(5, 2, [sure(1), sure(0), sure(2), sure(0)].flat()), asIs, all);
    expect(found).toBeUndefined(); // no height
    const [box] = reader.read(one(1, 2, [sure(1), sure(0), sure(2), sure(1)].flat()), asIs, all);
    expect(box).toEqual({ kind: 2, score: 0.5, box: { x: 4, y: 4, width: 24, height: 8 } });
  });

  it('goes on with the places of the next stride', () => {
    // Place 9 is the second of stride 16: centre (24, 8).
    const [found] = reader.read(
      one(
        9,
        0,
        new Array<number>(4).fill(1).flatMap(() => sure(1)),
      ),
      asIs,
      all,
    );
    expect(found?.box).toEqual({ x: 8, y: 0, width: 24, height: 16 });
  });

  it('takes the mean of a distribution, however large its logits', () => {
    const even = new Array<number>(bins).fill(5_000);
    const [found] = reader.read(one(8, 0, [even, sure(0), even, sure(1)].flat()), asIs, all);
    // Centre (8, 8), mean 1.5 strides of 16: cut at the edge on the left.
    expect(found?.box).toEqual({ x: 0, y: 8, width: 32, height: 8 });
  });

  it('undoes a letterbox: the band that the picture fills is the part of the image', () => {
    const view = {
      source: { x: 100, y: 50, width: 320, height: 80 },
      target: { x: 0, y: 4, width: 32, height: 8 },
    };
    const [found] = reader.read(one(1, 0, [sure(1), sure(3), sure(2), sure(0)].flat()), view, all);
    // Centre (12, 4), which is the upper edge of the band: nothing is left of the box.
    expect(found).toBeUndefined();
    const [below] = reader.read(one(5, 0, [sure(1), sure(3), sure(2), sure(0)].flat()), view, all);
    expect(below?.box).toEqual({ x: 140, y: 50, width: 240, height: 80 });
  });

  it('reads what is wanted only', () => {
    const row = one(1, 2, [sure(1), sure(1), sure(1), sure(1)].flat(), 0.5);
    expect(reader.read(row, asIs, { minScore: 0.5, kinds: new Set([2]) })).toHaveLength(1);
    expect(reader.read(row, asIs, { minScore: 0.51 })).toHaveLength(0);
    expect(reader.read(row, asIs, { minScore: 0, kinds: new Set([0, 1]) })).toHaveLength(0);
  });

  it('gives boxes with an area inside the image, whatever the logits', () => {
    const source = { x: 7, y: 9, width: 641, height: 83 };
    const view = { source, target: { x: 0, y: 6, width: 32, height: 4 } };
    const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), {
      minLength: 4 * bins,
      maxLength: 4 * bins,
    });
    fc.assert(
      fc.property(fc.nat({ max: 9 }), logits, (place, distances) => {
        for (const { box } of reader.read(one(place, 0, distances), view, all)) {
          expect(Math.min(box.width, box.height)).toBeGreaterThan(0);
          expect(box.x).toBeGreaterThanOrEqual(source.x);
          expect(box.y).toBeGreaterThanOrEqual(source.y);
          expect(box.x + box.width).toBeLessThanOrEqual(source.x + source.width + 1e-9);
          expect(box.y + box.height).toBeLessThanOrEqual(source.y + source.height + 1e-9);
        }
      }),
    );
  });

  it('says when graph and grid do not belong together', () => {
    expect(() => reader.read(one(10, 0, []), asIs, all)).toThrow('the grid has not');
  });
});
