import sharp from 'sharp';
import { AppError } from '#kernel';
import type { PixelBox, PixelSize } from '../images/image-view.js';
import { uprightPart } from '../images/upright-part.js';
import type { Cover } from './cover.js';

/** Pixels of a cut-out's longer side: PNG of a noisy photo takes four bytes a pixel. */
export const maxCutOutSide = 1024;

export interface CutOut {
  /** PNG with alpha, base64. */
  readonly image: string;
  /** What of the upright image it shows. */
  readonly box: PixelBox;
}

/**
 * The photo as far as it is covered, cut to the box of that; undefined where nothing is. Reduced to `maxCutOutSide` where
 * it is larger.
 *
 * @throws AppError `image.unreadable`
 */
export async function cutOut(bytes: Uint8Array, cover: Cover | undefined): Promise<CutOut | undefined> {
  if (cover === undefined) return undefined;
  const { box } = cover;
  const scale = Math.min(1, maxCutOutSide / Math.max(box.width, box.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const size = { width: side(box.width), height: side(box.height) };
  const colours = await uprightPart(bytes, box, size).catch((cause: unknown) => {
    throw new AppError('image.unreadable', {}, { cause });
  });
  const opaque = await reduced(cover.alpha, box, size);
  const image = await sharp(colours, { raw: { ...size, channels: 3 } })
    .joinChannel(Buffer.from(opaque), { raw: { ...size, channels: 1 } })
    .png()
    .toBuffer();
  return { image: image.toString('base64'), box };
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
