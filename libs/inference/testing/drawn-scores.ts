import type { MaskOrder } from '../masks/draw-masks.js';
import { findRegions, type Region } from '../masks/find-regions.js';
import { ScoreField, type GraphScores, type Look } from '../masks/score-field.js';

/** What a graph would give for a drawing: `#` is label 1, another digit that label, all else ground. Certain everywhere. */
export function drawnScores(lines: readonly string[], labels = 2): GraphScores {
  const width = lines[0]?.length ?? 0;
  const height = lines.length;
  const scores = new Uint8Array(labels * width * height);
  for (const [y, line] of lines.entries())
    for (const [x, sign] of Array.from(line).entries()) {
      const label = sign === '#' ? 1 : Number.parseInt(sign, 10) || 0;
      scores[(label * height + y) * width + x] = 255;
    }
  return { scores, labels, width, height };
}

/** A look whose pixels are those of the graph. @param at which place of the image */
export function lookOf(graph: GraphScores, at = { x: 0, y: 0 }): Look {
  const { width, height } = graph;
  const part = { ...at, width, height };
  return { graph, part, view: { source: part, target: { ...part, x: 0, y: 0 } } };
}

/** An order for an image that is all of one look. */
export function orderOf(graph: GraphScores, more: Partial<MaskOrder> = {}): MaskOrder {
  const { width, height } = graph;
  const rules = { minScore: 0.5, minArea: 0, maxRegions: 255, tolerance: 0 };
  return { looks: [lookOf(graph)], size: { width, height }, form: 'none', ...rules, ...more };
}

export function regionsOf(lines: readonly string[], labels?: number): Region[] {
  const graph = drawnScores(lines, labels);
  return findRegions(new ScoreField(lookOf(graph)), orderOf(graph));
}

/** Pixels marked with a chance of `density`, the same for the same seed. */
export function scatter(width: number, height: number, density: number, seed: number): string[] {
  let state = seed;
  const chance = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const sign = () => (chance() < density ? '#' : '.');
  return Array.from({ length: height }, () => Array.from({ length: width }, sign).join(''));
}
