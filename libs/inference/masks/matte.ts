import { boundsOf } from '../images/image-view.js';
import type { Cover } from './cover.js';
import { findRegions, type Region } from './find-regions.js';
import { certain, type Field } from './score-field.js';

/** Where a matte ends: fainter pixels cannot be seen, but would join what lies far apart. */
const faintest = 0.05;

/**
 * The regions with their soft edges: pixels fade with their probability as far as they hang together with a region.
 * What hangs together with none is no part of it, however likely. Undefined where there is no region.
 */
export function matteOf(field: Field, regions: readonly Region[]): Cover | undefined {
  const soft = findRegions(field, { minScore: faintest, minArea: 0 }).filter((around) =>
    regions.some((region) => holds(around, region)),
  );
  if (soft.length === 0) return undefined;
  const box = boundsOf(soft.map((around) => around.box));
  const alpha = new Uint8Array(box.width * box.height);
  const ground = new Int32Array(field.part.width);
  let filled = -1;
  const byRow = soft.flatMap(({ runs }) => runs).sort((a, b) => a.y - b.y);
  for (const { y, start, end } of byRow) {
    if (y !== filled) field.row(0, y, ground);
    filled = y;
    const line = (y - box.y) * box.width - box.x;
    for (let x = start; x < end; x++) {
      const share = 1 - (ground[x - field.part.x] ?? 0) / certain;
      alpha[line + x] = Math.round(255 * share);
    }
  }
  return { box, alpha };
}

/** A region is whole inside the softer one that has its first pixel. */
function holds(around: Region, { runs: [first] }: Region): boolean {
  return around.runs.some(({ y, start, end }) => y === first?.y && start <= first.start && first.start < end);
}
