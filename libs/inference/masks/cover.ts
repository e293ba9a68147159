import { boundsOf, type PixelBox } from '../images/image-view.js';
import type { Region } from './find-regions.js';

/** How much of each pixel is to stay in a cut-out. */
export interface Cover {
  /** What of the upright image it is about. */
  readonly box: PixelBox;
  /** uint8 [height, width] of the box: 255 stays, 0 is clear. */
  readonly alpha: Uint8Array;
}

/** All of a region's pixels, and nothing beside; undefined where there is no region. */
export function coverOfRegions(regions: readonly Region[]): Cover | undefined {
  if (regions.length === 0) return undefined;
  const box = boundsOf(regions.map((region) => region.box));
  const alpha = new Uint8Array(box.width * box.height);
  for (const { runs } of regions)
    for (const { y, start, end } of runs) {
      const line = (y - box.y) * box.width - box.x;
      alpha.fill(255, line + start, line + end);
    }
  return { box, alpha };
}
