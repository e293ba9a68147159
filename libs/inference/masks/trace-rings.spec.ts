import { describe, expect, it } from '@jest/globals';
import { regionsOf, scatter } from '../testing/drawn-scores.js';
import { maxCorners, outlineRegions } from './outline-regions.js';
import { traceRings, type Ring } from './trace-rings.js';

describe('traceRings', () => {
  it('goes round a region clockwise and round its hole the other way', () => {
    const [region] = regionsOf(['.....', '.###.', '.#.#.', '.###.']);
    expect(region && traceRings(region)).toEqual([
      [4, 1, 4, 4, 1, 4, 1, 1],
      [3, 3, 3, 2, 2, 2, 2, 3],
    ]);
  });

  it.each([0.3, 0.5, 0.7, 0.9])('encloses the very pixels of the mask, %d of them marked', (density) => {
    for (let seed = 1; seed <= 20; seed++)
      for (const region of regionsOf(scatter(19, 13, density, seed))) {
        const rings = traceRings(region);
        expect(rings.reduce((sum, ring) => sum + signedArea(ring), 0)).toBe(region.area);
        const inside = (x: number, y: number) =>
          rings.filter((ring) => contains(ring, x, y)).length % 2 === 1;
        const marked = (x: number, y: number) =>
          region.runs.some((run) => run.y === y && run.start <= x && x < run.end);
        for (let y = 0; y < 13; y++)
          for (let x = 0; x < 19; x++) expect([x, y, inside(x + 0.5, y + 0.5)]).toEqual([x, y, marked(x, y)]);
      }
  });
});

describe('outlineRegions', () => {
  it('keeps a staircase within the tolerance of its slope', () => {
    const stairs = Array.from({ length: 40 }, (_, y) => '#'.repeat(y + 1).padEnd(41, '.'));
    const { polygons, tolerance } = outlineRegions(regionsOf(stairs), 1);
    const [[ring = []] = []] = polygons;
    expect(tolerance).toBe(1);
    expect(ring.length / 2).toBeLessThan(8);
    expect(Math.abs(signedArea(ring) - 820)).toBeLessThan(60);
  });

  it('gives up accuracy, and says how much, before it gives more corners than a reply may have', () => {
    const regions = regionsOf(scatter(200, 200, 0.5, 3));
    const exact = regions.flatMap(traceRings).reduce((sum, ring) => sum + ring.length / 2, 0);
    expect(exact).toBeGreaterThan(maxCorners);
    const { polygons, tolerance } = outlineRegions(regions.slice(0, 255), 0);
    const corners = polygons.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
    expect(corners).toBeLessThanOrEqual(maxCorners);
    expect(tolerance).toBeGreaterThan(0);
    expect(polygons.every(([outer]) => outer !== undefined && outer.length >= 6)).toBe(true);
  });

  it('never loses a region, however coarse', () => {
    const { polygons } = outlineRegions(regionsOf(['#..##', '...##']), 100);
    expect(polygons).toEqual([[[3, 0, 5, 0, 5, 2, 3, 2]], [[0, 0, 1, 0, 1, 1, 0, 1]]]);
  });
});

function signedArea(ring: Ring): number {
  let sum = 0;
  for (let at = 0; at < ring.length; at += 2) {
    const [x = 0, y = 0] = [ring[at], ring[at + 1]];
    const [nextX = 0, nextY = 0] = [ring[(at + 2) % ring.length], ring[(at + 3) % ring.length]];
    sum += x * nextY - nextX * y;
  }
  return sum / 2;
}

/** Whether a ray to the right crosses the ring an odd number of times. */
function contains(ring: Ring, x: number, y: number): boolean {
  let inside = false;
  for (let at = 0; at < ring.length; at += 2) {
    const [fromX = 0, fromY = 0] = [ring[at], ring[at + 1]];
    const [toX = 0, toY = 0] = [ring[(at + 2) % ring.length], ring[(at + 3) % ring.length]];
    if (fromY > y !== toY > y && x < fromX + ((y - fromY) * (toX - fromX)) / (toY - fromY)) inside = !inside;
  }
  return inside;
}
