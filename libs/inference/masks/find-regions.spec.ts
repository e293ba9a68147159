import { describe, expect, it } from '@jest/globals';
import { drawnScores, lookOf, orderOf, regionsOf, scatter } from '../testing/drawn-scores.js';
import { findRegions } from './find-regions.js';
import { ScoreField } from './score-field.js';

describe('findRegions', () => {
  it('joins what touches, at a corner too, and lists the largest first', () => {
    const regions = regionsOf(['##...', '..#..', '.....', '####.']);
    expect(regions.map(({ area, box }) => ({ area, ...box }))).toEqual([
      { area: 4, x: 0, y: 3, width: 4, height: 1 },
      { area: 3, x: 0, y: 0, width: 3, height: 2 },
    ]);
  });

  it('joins the arms of a fork that meet late', () => {
    expect(regionsOf(['#.#.#', '#.#.#', '#####'])).toHaveLength(1);
    expect(regionsOf(['#####', '#.#.#', '#.#.#'])).toHaveLength(1);
  });

  it.each([0.2, 0.4, 0.6])('finds in scattered pixels, %d of them marked, what a flood finds', (density) => {
    for (let seed = 1; seed <= 20; seed++) {
      const lines = scatter(23, 17, density, seed);
      const found = regionsOf(lines).map(({ area }) => area);
      expect(found).toEqual(flood(lines).sort((a, b) => b - a));
    }
  });

  it('names a region by the label that is likeliest over all of it, and scores that label', () => {
    const [region] = regionsOf(['1222', '1...'], 3);
    expect(region).toMatchObject({ kind: 2, area: 5, score: expect.closeTo(3 / 5, 6) });
  });

  it('leaves out what is smaller than the least area', () => {
    const order = orderOf(drawnScores(['##.#']), { minArea: 2 });
    const field = new ScoreField(lookOf(drawnScores(['##.#'])));
    expect(findRegions(field, order).map(({ area }) => area)).toEqual([2]);
  });

  it('marks what is likely enough not to be ground, between the places of the graph too', () => {
    const part = { x: 0, y: 0, width: 8, height: 1 };
    const graph = { scores: Uint8Array.from([255, 0, 0, 255]), labels: 2, width: 2, height: 1 };
    const view = { source: part, target: { ...part, width: 2 } };
    const marked = (minScore: number) => {
      const rules = { minScore, minArea: 0 };
      return findRegions(new ScoreField({ graph, view, part }), rules).map(({ box }) => box.x);
    };
    // Probabilities rise from 0 at pixel 1 to 1 at pixel 6: 1/8, 3/8, 5/8, 7/8.
    expect([0.1, 0.3, 0.5, 0.7, 0.95].map(marked)).toEqual([[2], [3], [4], [5], [6]]);
  });
});

/** Areas of connected marks, found one pixel after the other. */
function flood(lines: readonly string[]): number[] {
  const open = new Set<string>();
  for (const [y, line] of lines.entries())
    for (const [x, sign] of Array.from(line).entries()) if (sign === '#') open.add(`${x},${y}`);
  const areas: number[] = [];
  for (const start of open) {
    const waiting = [start];
    open.delete(start);
    let area = 0;
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      area++;
      const [x = 0, y = 0] = place.split(',').map(Number);
      for (let down = -1; down <= 1; down++)
        for (let across = -1; across <= 1; across++) {
          const beside = `${x + across},${y + down}`;
          if (open.delete(beside)) waiting.push(beside);
        }
    }
    areas.push(area);
  }
  return areas;
}
