import sharp from 'sharp';
import type { PixelSize } from '../images/image-view.js';
import { OwnPixels } from '../images/own-pixels.js';
import { coverOfRegions, type Cover } from './cover.js';
import { cutOut, type CutOut } from './cut-out.js';
import { findRegions, type Region } from './find-regions.js';
import { joinFields } from './joint-field.js';
import { matteOf } from './matte.js';
import { outlineRegions } from './outline-regions.js';
import { runLengthOf, type RunLengthMask } from './run-length.js';
import type { Field, Look } from './score-field.js';
import type { Ring } from './trace-rings.js';

/** How the marked pixels are told; all forms tell the same ones. */
export type MaskForm = 'png' | 'rle' | 'polygons' | 'none';

/** One byte a pixel names a region in the PNG. */
export const maxRegionsDrawn = 255;

export interface MaskOrder {
  /** What no look was at is ground; where several were at, the one counts that is surest of something. */
  readonly looks: readonly Look[];
  /** Of the upright image. */
  readonly size: PixelSize;
  readonly minScore: number;
  /** Pixels of the smallest region. */
  readonly minArea: number;
  /** At most `maxRegionsDrawn`. */
  readonly maxRegions: number;
  readonly form: MaskForm;
  /** Pixels by which polygons may differ from the mask. */
  readonly tolerance: number;
  /** The file, where a cut-out is wanted. */
  readonly cutFrom?: Uint8Array;
  /** Probabilities are shares of a pixel that something covers: the cut-out takes them as its alpha. */
  readonly matte?: boolean;
}

export interface DrawnRegion extends Omit<Region, 'runs'> {
  readonly rle?: RunLengthMask;
  readonly polygons?: readonly Ring[];
}

export interface DrawnMasks {
  /** Largest first. */
  readonly regions: readonly DrawnRegion[];
  /** Regions and pixels of each label that has any, those left out by `maxRegions` included; most pixels first. */
  readonly kinds: readonly { readonly kind: number; readonly regions: number; readonly area: number }[];
  /** Grey PNG of the whole image, base64: the place of the pixel's region in `regions`, from 1 on; 0 is ground. */
  readonly png?: string;
  /** By how many pixels the polygons were simplified. */
  readonly tolerance?: number;
  readonly cutOut?: CutOut;
}

/**
 * Regions of what a segmenter gave, and their masks. Costs up to a second of JavaScript for the largest images: run it
 * beside the event loop (`drawMasksAside`).
 *
 * @throws AppError `image.unreadable` (of the cut-out)
 */
export async function drawMasks(order: MaskOrder): Promise<DrawnMasks> {
  const field = joinFields(order.looks);
  const all = field === undefined ? [] : findRegions(field, order);
  const regions = all.slice(0, order.maxRegions);
  const outlines = order.form === 'polygons' ? outlineRegions(regions, order.tolerance) : undefined;
  const cut = field && order.cutFrom && (await cutOut(order.cutFrom, coverOf(field, regions, order)));
  return {
    regions: regions.map((region, index) => {
      const { kind, score, area, box } = region;
      const polygons = outlines?.polygons[index];
      return {
        ...{ kind, score, area, box },
        ...(order.form === 'rle' && { rle: runLengthOf(region, order.size) }),
        ...(polygons && { polygons }),
      };
    }),
    kinds: byKind(all),
    ...(order.form === 'png' && { png: await regionsAsPng(regions, order.size) }),
    ...(outlines && { tolerance: outlines.tolerance }),
    ...(cut && { cutOut: cut }),
  };
}

function coverOf(field: Field, regions: readonly Region[], { matte = false }: MaskOrder): Cover | undefined {
  return matte ? matteOf(field, regions) : coverOfRegions(regions);
}

function byKind(regions: readonly Region[]): DrawnMasks['kinds'] {
  const kinds = new Map<number, { kind: number; regions: number; area: number }>();
  for (const { kind, area } of regions) {
    const sum = kinds.get(kind) ?? { kind, regions: 0, area: 0 };
    kinds.set(kind, { kind, regions: sum.regions + 1, area: sum.area + area });
  }
  return [...kinds.values()].sort((a, b) => b.area - a.area);
}

async function regionsAsPng(regions: readonly Region[], { width, height }: PixelSize): Promise<string> {
  using mask = new OwnPixels(new Uint8Array(width * height));
  for (const [index, { runs }] of regions.entries())
    for (const { y, start, end } of runs) mask.pixels.fill(index + 1, y * width + start, y * width + end);
  const file = await sharp(mask.pixels, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toBuffer();
  return file.toString('base64');
}
