import sharp from 'sharp';
import { AppError, imageFormat, maxImageSidePx } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { boundsOf, viewOf, type ImageView, type PixelBox, type PixelSize } from './image-view.js';
import { OwnPixels } from './own-pixels.js';
import { resizePixels } from './resize-pixels.js';
import { maxPixels, sharpOptions, uprightPart } from './upright-part.js';

const channels = 3;

export interface DecodedImage {
  /** uint8 [height, width, 3], RGB. */
  readonly pixels: Uint8Array;
  /** What of the upright image they show, and where: the way back from the model's places to the caller's. */
  readonly view: ImageView;
  /** What of it was asked for; the view leaves out less than a box of it, or all but its centre. */
  readonly part: PixelBox;
  /** Of the upright image. */
  readonly size: PixelSize;
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
  const size = await readSize(bytes);
  const view = viewOf(size, spec, region);
  const part = region ?? { x: 0, y: 0, ...size };
  using decoded = await readPixels(bytes, view.source);
  return { ...show(decoded.pixels, view, spec), part, size };
}

/**
 * Parts of an image, each as `decodeImage` gives it as a region, for the price of decoding the file once.
 *
 * @param parts one or more.
 * @throws AppError as `decodeImage` does
 */
export async function decodeParts(
  bytes: Uint8Array,
  spec: ImageSpec,
  parts: readonly PixelBox[],
): Promise<DecodedImage[]> {
  const size = await readSize(bytes);
  const views = parts.map((part) => ({ part, view: viewOf(size, spec, part) }));
  const bounds = boundsOf(views.map(({ view }) => view.source));
  using decoded = await readPixels(bytes, bounds);
  return views.map(({ part, view }) => ({
    ...show(cut(decoded.pixels, bounds, view.source), view, spec),
    part,
    size,
  }));
}

/** Width and height of the upright image, by its header. @throws AppError as `decodeImage` does */
export async function readSize(bytes: Uint8Array): Promise<PixelSize> {
  if (imageFormat(bytes) === undefined)
    throw new AppError('image.unsupported_format', { detail: 'The file is not a JPEG, PNG or WebP image' });
  const metadata = await sharp(bytes, { ...sharpOptions, limitInputPixels: false })
    .metadata()
    .catch(unreadable);
  assertWithin(metadata);
  return metadata.autoOrient;
}

function assertWithin({ width, height }: PixelSize): void {
  const isWithin = width * height <= maxPixels;
  if (isWithin && Math.max(width, height) <= maxImageSidePx) return;
  const limit = isWithin
    ? { name: 'image.side', value: maxImageSidePx }
    : { name: 'image', value: maxPixels };
  throw new AppError('image.too_large', {
    detail: `The image has ${width} × ${height} pixels`,
    limit: { ...limit, unit: 'pixels' },
  });
}

/** A box of the pixels of a larger one, [height, width, 3]; not copied when it is all of them. */
function cut(pixels: Uint8Array, from: PixelBox, { x, y, width, height }: PixelBox): Uint8Array {
  if (width === from.width && height === from.height) return pixels;
  const part = new Uint8Array(height * width * channels);
  const line = width * channels;
  for (let row = 0; row < height; row++) {
    const at = ((y - from.y + row) * from.width + x - from.x) * channels;
    part.set(pixels.subarray(at, at + line), row * line);
  }
  return part;
}

async function readPixels(bytes: Uint8Array, part: PixelBox): Promise<OwnPixels> {
  return new OwnPixels(await uprightPart(bytes, part).catch(unreadable));
}

/** `pixels` [height, width, 3] of what `view` shows, as the model sees them. */
function show(pixels: Uint8Array, view: ImageView, spec: ImageSpec): Omit<DecodedImage, 'part' | 'size'> {
  return { pixels: place(resizePixels(pixels, view.source, view.target), view.target, spec), view };
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

function unreadable(cause: unknown): never {
  throw new AppError('image.unreadable', {}, { cause });
}
