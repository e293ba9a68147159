import sharp from 'sharp';
import { AppError } from '#kernel';
import type { PixelBox, PixelSize } from '../images/image-view.js';
import { uprightPart } from '../images/upright-part.js';
import type { Region } from './find-regions.js';

/** Pixels of a cut-out's longer side: PNG of a noisy photo takes four bytes a pixel. */
export const maxCutOutSide = 1024;

export interface CutOut {
  /** PNG with alpha, base64; clear where there is no region. */
  readonly image: string;
  /** What of the upright image it shows. */
  readonly box: PixelBox;
}

/**
 * The photo inside the regions, cut to the box around all of them; undefined where there is none. Reduced to
 * `maxCutOutSide` where it is larger.
 *
 * @throws AppError `image.unreadable`
 */
export async function cutOut(bytes: Uint8Array, regions: readonly Region[]): Promise<CutOut | undefined> {
  const box = boxAround(regions);
  if (box === undefined) return undefined;
  const scale = Math.min(1, maxCutOutSide / Math.max(box.width, box.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const size = { width: side(box.width), height: side(box.height) };
  const colours = await uprightPart(bytes, box, size).catch((cause: unknown) => {
    throw new AppError('image.unreadable', {}, { cause });
  });
  const opaque = await reduced(marks(regions, box), box, size);
  const image = await sharp(colours, { raw: { ...size, channels: 3 } })
    .joinChannel(Buffer.from(opaque), { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer();
  return { image: image.toString('base64'), box };
}

function boxAround(regions: readonly Region[]): PixelBox | undefined {
  if (regions.length === 0) return undefined;
  const x = Math.min(...regions.map(({ box }) => box.x));
  const y = Math.min(...regions.map(({ box }) => box.y));
  const right = Math.max(...regions.map(({ box }) => box.x + box.width));
  const bottom = Math.max(...regions.map(({ box }) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** uint8 [height, width] of the box, 255 inside regions. */
function marks(regions: readonly Region[], box: PixelBox): Uint8Array {
  const pixels = new Uint8Array(box.width * box.height);
  for (const { runs } of regions)
    for (const { y, start, end } of runs) {
      const line = (y - box.y) * box.width - box.x;
      pixels.fill(255, line + start, line + end);
    }
  return pixels;
}

async function reduced(pixels: Uint8Array, from: PixelSize, to: PixelSize): Promise<Uint8Array> {
  if (from.width === to.width && from.height === to.height) return pixels;
  const raw = { width: from.width, height: from.height, channels: 1 } as const;
  return sharp(pixels, { raw })
    .resize({ ...to, fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}
