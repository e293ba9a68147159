import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { looksAt, maxTiles, tileOverlap, tilesOf, tileSide } from './tile-grid.js';

const length = fc.integer({ min: 1, max: 40_000 });
const place = fc.integer({ min: 0, max: 5_000 });
const part = fc.record({ x: place, y: place, width: length, height: length });

/** Where tiles begin along one axis, each once. */
const distinct = (starts: readonly number[]) => [...new Set(starts)].sort((a, b) => a - b);

describe('tilesOf', () => {
  it('covers every pixel of the part and no other, and neighbours share what they should', () => {
    fc.assert(
      fc.property(part, (whole) => {
        const tiles = tilesOf(whole);
        fc.pre(tiles.length > 0);
        const [{ width, height } = whole] = tiles;
        expect(new Set(tiles.map((tile) => `${tile.width} ${tile.height}`)).size).toBe(1);
        const columns = distinct(tiles.map(({ x }) => x));
        const rows = distinct(tiles.map(({ y }) => y));
        expect(columns.length * rows.length).toBe(tiles.length);
        for (const [starts, start, total, size] of [
          [columns, whole.x, whole.width, width],
          [rows, whole.y, whole.height, height],
        ] as const) {
          expect(starts[0]).toBe(start);
          expect((starts.at(-1) ?? NaN) + size).toBe(start + total);
          for (const [index, next] of starts.slice(1).entries())
            expect((starts[index] ?? NaN) + size - next).toBeGreaterThanOrEqual(tileOverlap * size);
        }
      }),
    );
  });

  it('never makes more than the bound, nor larger tiles than it needs', () => {
    fc.assert(
      fc.property(part, (whole) => {
        const tiles = tilesOf(whole);
        expect(tiles.length).toBeLessThanOrEqual(maxTiles);
        const [tile] = tiles;
        if (tile === undefined) expect(Math.max(whole.width, whole.height)).toBeLessThanOrEqual(tileSide);
        else if (Math.max(tile.width, tile.height) > tileSide) {
          // A pixel less, and they would be too many.
          const step = 0.8 * (Math.max(tile.width, tile.height) - 1);
          const along = (total: number) => Math.max(1, Math.ceil(total / step));
          expect(along(whole.width) * along(whole.height)).toBeGreaterThan(maxTiles);
        }
      }),
    );
  });

  it.each([
    [640, 480, 0],
    [640, 641, 2],
    [1_280, 960, 6],
    [1_920, 1_080, 8],
    [4_000, 3_000, 24],
    [30_000, 2, 24],
  ])('cuts %i × %i pixels into %i', (width, height, count) => {
    expect(tilesOf({ x: 0, y: 0, width, height })).toHaveLength(count);
  });

  it('takes as many looks as there are tiles, and one at the whole, however the part is turned', () => {
    fc.assert(
      fc.property(part, (whole) => {
        expect(looksAt(whole)).toBe(1 + tilesOf(whole).length);
        expect(looksAt({ width: whole.height, height: whole.width })).toBe(looksAt(whole));
      }),
    );
  });
});
