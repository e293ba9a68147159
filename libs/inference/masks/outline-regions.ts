import type { Region } from './find-regions.js';
import { simplifyRing } from './simplify-ring.js';
import { traceRings, type Ring } from './trace-rings.js';

/** Corners that the outlines of a reply may have together. */
export const maxCorners = 10_000;

/** More of it would leave nothing of the largest image. */
const maxTolerance = 2 ** 16;

export interface Outlines {
  /** By region. The outer ring is the first, then other rings and holes; at least one each. */
  readonly polygons: readonly (readonly Ring[])[];
  /** Pixels by which they were simplified: as asked for, or more where there would be too many corners. */
  readonly tolerance: number;
}

/** The borders of regions as polygons, simplified until all of them together have no more than `maxCorners`. */
export function outlineRegions(regions: readonly Region[], tolerance: number): Outlines {
  const exact = regions.map(traceRings);
  for (let used = tolerance; ; used = Math.max(1, 2 * used)) {
    const polygons = exact.map((rings) => simplified(rings, used));
    const corners = polygons.flat().reduce((sum, ring) => sum + ring.length / 2, 0);
    if (corners <= maxCorners || used >= maxTolerance) return { polygons, tolerance: used };
  }
}

/** What is thinner than the tolerance goes, but not the outer border. */
function simplified([outer = [], ...others]: readonly Ring[], tolerance: number): Ring[] {
  const simpler = simplifyRing(outer, tolerance);
  const rest = others.map((ring) => simplifyRing(ring, tolerance)).filter((ring) => ring.length >= 6);
  return [simpler.length >= 6 ? simpler : cornersOf(outer), ...rest];
}

/** The smallest upright rectangle around a ring, clockwise. */
function cornersOf(ring: Ring): Ring {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (let at = 0; at < ring.length; at += 2) {
    const [x = 0, y = 0] = [ring[at], ring[at + 1]];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return [left, top, right, top, right, bottom, left, bottom];
}
