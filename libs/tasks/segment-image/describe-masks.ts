import type { z } from 'zod';
import type { DrawnMasks, PixelSize } from '#inference';
import type { segmentImage } from './contract.js';

/** What was drawn, in the words of the contract. @param size of the upright image. */
export function describeMasks(
  masks: DrawnMasks,
  labels: readonly string[],
  size: PixelSize,
): z.output<typeof segmentImage.output> {
  const named = (kind: number) => labels[kind] ?? `class ${kind}`;
  const percent = (area: number) => (100 * area) / (size.width * size.height);
  return {
    width: size.width,
    height: size.height,
    regions: masks.regions.map(({ kind, score, area, box, rle, polygons }) => ({
      label: named(kind),
      score: Math.min(1, score),
      box,
      area,
      areaPercent: percent(area),
      ...(rle && { rle: { size: [...rle.size], counts: rle.counts } }),
      ...(polygons && { polygons: polygons.map((ring) => [...ring]) }),
    })),
    classes: masks.kinds.map(({ kind, regions, area }) => ({
      label: named(kind),
      regions,
      area,
      areaPercent: percent(area),
    })),
    ...(masks.png !== undefined && { mask: masks.png }),
    ...(masks.tolerance !== undefined && { simplifiedBy: masks.tolerance }),
    ...(masks.cutOut && { cutOut: { image: masks.cutOut.image, box: { ...masks.cutOut.box } } }),
  };
}
