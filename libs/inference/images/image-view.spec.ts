import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placeInImage, viewOf } from './image-view.js';
import { centreCrop as crop, letterbox } from '../testing/image-specs.js';

const side = fc.integer({ min: 1, max: 6_000 });

describe('viewOf', () => {
  it('shows all of an image in the middle of a letterbox', () => {
    expect(viewOf({ width: 832, height: 400 }, letterbox)).toEqual({
      source: { x: 0, y: 0, width: 832, height: 400 },
      target: { x: 0, y: 108, width: 416, height: 200 },
    });
  });

  it('shows the centre of a region for a crop', () => {
    const region = { x: 100, y: 50, width: 400, height: 200 };
    expect(viewOf({ width: 1_000, height: 1_000 }, crop, region).source).toEqual({
      x: 212,
      y: 62,
      width: 175,
      height: 175,
    });
  });

  it('refuses a region that leaves the image by a pixel, and names the size of the image', () => {
    const size = { width: 30, height: 20 };
    expect(viewOf(size, letterbox, { x: 10, y: 5, width: 20, height: 15 }).source.width).toBe(20);
    for (const [width, height] of [
      [21, 15],
      [20, 16],
    ] as const)
      expect(() => viewOf(size, letterbox, { x: 10, y: 5, width, height })).toThrow(
        /region: .* image of 30 × 20 pixels/,
      );
  });

  it('leads back from every place of the picture to the image, and loses less than a box at its end', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { source, target } = viewOf({ width, height }, letterbox);
        expect(Math.max(target.width, target.height)).toBe(416);
        expect(Math.min(target.x, target.y, target.width - 1, target.height - 1)).toBeGreaterThanOrEqual(0);
        const box = Math.max(1, Math.floor(Math.max(width, height) / 832));
        expect(width - source.width).toBeLessThan(box);
        expect(height - source.height).toBeLessThan(box);
        const end = placeInImage({ source, target }, target.x + target.width, target.y + target.height);
        expect(placeInImage({ source, target }, target.x, target.y)).toEqual({ x: 0, y: 0 });
        expect(end).toEqual({ x: source.width, y: source.height });
        expect(placeInImage({ source, target }, -5, 999)).toEqual({ x: 0, y: source.height });
      }),
    );
  });
});
