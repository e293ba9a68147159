import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inspectedPart } from '#contracts';
import { regionInPixels } from './region-in-pixels.js';

const part = (x: number, y: number, width: number, height: number) =>
  ({ unit: 'part', x, y, width, height }) as const;

describe('regionInPixels', () => {
  it('takes pixels as they are, and parts of the width and height of the picture', () => {
    const picture = { width: 400, height: 300 };
    const pixels = { x: 3, y: 4, width: 500, height: 6 };
    expect(regionInPixels({ unit: 'px', ...pixels }, picture)).toEqual(pixels);
    expect(regionInPixels(part(0.25, 0.5, 0.5, 0.5), picture)).toEqual({
      x: 100,
      y: 150,
      width: 200,
      height: 150,
    });
  });

  it('takes the pixels that an edge goes through, and no more for the rounding of decimals', () => {
    const thirds = regionInPixels(part(1 / 3, 0.1 + 0.2, 1 / 3, 0.7), { width: 100, height: 10 });
    expect(thirds).toEqual({ x: 33, y: 3, width: 34, height: 7 });
  });

  it('gives at least a pixel, inside the picture, of any part that the contract accepts', () => {
    const least = 0.000_1;
    const along = fc
      .double({ min: 0, max: 1 - least, noNaN: true })
      .chain((start) =>
        fc.tuple(fc.constant(start), fc.double({ min: least, max: Math.max(least, 1 - start), noNaN: true })),
      );
    const side = fc.integer({ min: 1, max: 6_000 });
    fc.assert(
      fc.property(along, along, side, side, ([x, across], [y, down], width, height) => {
        const wanted = inspectedPart.parse(part(x, y, across, down));
        const region = regionInPixels(wanted, { width, height });
        expect(Math.min(region.x, region.y)).toBeGreaterThanOrEqual(0);
        expect(Math.min(region.width, region.height)).toBeGreaterThanOrEqual(1);
        expect(region.x + region.width).toBeLessThanOrEqual(width);
        expect(region.y + region.height).toBeLessThanOrEqual(height);
      }),
    );
  });
});
