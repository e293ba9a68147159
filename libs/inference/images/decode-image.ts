import sharp, { type Metadata } from 'sharp';
import { AppError } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { imageFormat } from './image-format.js';
import { viewOf, type ImageView, type PixelBox, type PixelSize } from './image-view.js';
import { resizePixels } from './resize-pixels.js';

/** Largest image, in pixels: a 35-byte file can claim two billion, which would be allocated before it fails. */
const maxPixels = 25_000_000;
const timeoutS = 10;
const options = { failOn: 'error', limitInputPixels: maxPixels, pages: 1, ignoreIcc: true } as const;

// One thread an image: images of other requests fill the cores. Nothing is shown twice, so nothing is cached.
sharp.concurrency(1);
sharp.cache(false);

const channels = 3;

export interface DecodedImage {
  /** uint8 [height, width, 3], RGB. */
  readonly pixels: Uint8Array;
  /** What of the upright image they show, and where: the way back from the model's places to the caller's. */
  readonly view: ImageView;
}

/**
 * An image file as a model's pixels: upright by EXIF, transparency on white, cut or bordered and resized as the manifest
 * says. Colour profiles are ignored, and pixels are those of the Python reference to the bit, so that the quality
 * measured there is the quality served here.
 *
 * @param region of the upright image, in place of all of it.
 * @throws AppError `image.unsupported_format` (by its first bytes not JPEG, PNG or WebP), `image.too_large` (by its
 * header, before anything is decoded), `image.unreadable`, `request.invalid` (a region that leaves the image).
 */
export async function decodeImage(
  bytes: Uint8Array,
  spec: ImageSpec,
  region?: PixelBox,
): Promise<DecodedImage> {
  if (imageFormat(bytes) === undefined)
    throw new AppError('image.unsupported_format', { detail: 'The file is not a JPEG, PNG or WebP image' });
  const view = viewOf(await readSize(bytes), spec, region);
  const part = await readPixels(bytes, view.source);
  return { pixels: place(resizePixels(part, view.source, view.target), view.target, spec), view };
}

/** The pixels on the model's picture, which they fill but for the borders of a letterbox. */
function place(pixels: Uint8Array, target: PixelBox, spec: ImageSpec): Uint8Array {
  if (spec.resize !== 'letterbox') return pixels;
  const picture = new Uint8Array(spec.height * spec.width * channels).fill(spec.fill);
  const line = target.width * channels;
  for (let y = 0; y < target.height; y++) {
    const at = ((target.y + y) * spec.width + target.x) * channels;
    picture.set(pixels.subarray(y * line, (y + 1) * line), at);
  }
  return picture;
}

/** [height, width, 3] of a part of the upright image. */
async function readPixels(bytes: Uint8Array, { x, y, width, height }: PixelBox): Promise<Uint8Array> {
  try {
    return await sharp(bytes, options)
      .timeout({ seconds: timeoutS })
      .autoOrient()
      .extract({ left: x, top: y, width, height })
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer();
  } catch (cause) {
    throw new AppError('image.unreadable', {}, { cause });
  }
}

/** Size after EXIF rotation. */
async function readSize(bytes: Uint8Array): Promise<PixelSize> {
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
