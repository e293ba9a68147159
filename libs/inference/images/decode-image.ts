import sharp, { type Metadata, type Region } from 'sharp';
import { AppError } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { imageFormat } from './image-format.js';
import { resizeSquare } from './resize-square.js';

/** Largest image, in pixels: a 35-byte file can claim two billion, which would be allocated before it fails. */
const maxPixels = 25_000_000;
const timeoutS = 10;
const options = { failOn: 'error', limitInputPixels: maxPixels, pages: 1, ignoreIcc: true } as const;

// One thread an image: images of other requests fill the cores. Nothing is shown twice, so nothing is cached.
sharp.concurrency(1);
sharp.cache(false);

/**
 * An image file as a model's pixels: upright by EXIF, transparency on white, the largest centred square times
 * `cropFraction`, resized. Colour profiles are ignored, and pixels are those of the Python reference to the bit, so
 * that the quality measured there is the quality served here.
 *
 * @returns uint8 [height, width, 3], RGB.
 * @throws AppError `image.unsupported_format` (by its first bytes not JPEG, PNG or WebP), `image.too_large` (by its
 * header, before anything is decoded), `image.unreadable`.
 */
export async function decodeImage(bytes: Uint8Array, spec: ImageSpec): Promise<Uint8Array> {
  if (imageFormat(bytes) === undefined)
    throw new AppError('image.unsupported_format', { detail: 'The file is not a JPEG, PNG or WebP image' });
  const { width, height } = await readSize(bytes);
  const side = Math.max(1, Math.trunc(spec.cropFraction * Math.min(width, height)));
  // Whole boxes only: a larger square is averaged first (see resizeSquare).
  const whole = side - (side % Math.max(1, Math.floor(side / (2 * spec.width))));
  const square = {
    left: Math.floor((width - side) / 2),
    top: Math.floor((height - side) / 2),
    width: whole,
    height: whole,
  };
  return resizeSquare(await readPixels(bytes, square), whole, spec.width);
}

/** [height, width, 3] of a part of the upright image. */
async function readPixels(bytes: Uint8Array, part: Region): Promise<Uint8Array> {
  try {
    return await sharp(bytes, options)
      .timeout({ seconds: timeoutS })
      .autoOrient()
      .extract(part)
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer();
  } catch (cause) {
    throw new AppError('image.unreadable', {}, { cause });
  }
}

/** Size after EXIF rotation. */
async function readSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  let metadata: Metadata;
  try {
    metadata = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
  } catch (cause) {
    throw new AppError('image.unreadable', {}, { cause });
  }
  if (metadata.width * metadata.height > maxPixels) {
    throw new AppError('image.too_large', {
      detail: `The image has ${metadata.width} × ${metadata.height} pixels`,
      limit: { name: 'image', value: maxPixels, unit: 'pixels' },
    });
  }
  return metadata.autoOrient;
}
