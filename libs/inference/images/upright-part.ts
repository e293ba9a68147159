import sharp from 'sharp';
import type { PixelBox, PixelSize } from './image-view.js';

/** Largest image, in pixels: a 35-byte file can claim two billion, which would be allocated before it fails. */
export const maxPixels = 25_000_000;
const timeoutS = 10;
export const sharpOptions = {
  failOn: 'error',
  limitInputPixels: maxPixels,
  pages: 1,
  ignoreIcc: true,
} as const;

// One thread an image: images of other requests fill the cores. Nothing is shown twice, so nothing is cached.
sharp.concurrency(1);
sharp.cache(false);

/**
 * uint8 [height, width, 3], RGB, of a part of the image that is upright by EXIF, transparency on white.
 *
 * @param reducedTo resized to it by libvips: for people, not for models.
 * @throws Error of sharp where the file cannot be decoded
 */
export function uprightPart(
  bytes: Uint8Array,
  { x, y, width, height }: PixelBox,
  reducedTo?: PixelSize,
): Promise<Uint8Array> {
  const part = sharp(bytes, sharpOptions)
    .timeout({ seconds: timeoutS })
    .autoOrient()
    .extract({ left: x, top: y, width, height });
  const sized = reducedTo === undefined ? part : part.resize({ ...reducedTo, fit: 'fill' });
  return sized.flatten({ background: 'white' }).toColourspace('srgb').raw().toBuffer();
}
