import { AppError } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';

export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** `x` and `y` are those of the top left corner. */
export interface PixelBox extends PixelSize {
  readonly x: number;
  readonly y: number;
}

/** Which part of an image a model sees, and where: `source` in the upright image is `target` in the model's picture. */
export interface ImageView {
  readonly source: PixelBox;
  readonly target: PixelBox;
}

/**
 * What of an image a model is shown.
 *
 * @param size of the upright image.
 * @param region to look at in place of all of it.
 * @throws AppError `request.invalid` when the region leaves the image
 */
export function viewOf(size: PixelSize, spec: ImageSpec, region?: PixelBox): ImageView {
  const part = region ?? { x: 0, y: 0, ...size };
  if (part.x + part.width > size.width || part.y + part.height > size.height) throw regionOutside(part, size);
  if (spec.resize === 'centre-crop') return centreCrop(part, spec);
  if (spec.resize === 'letterbox') return letterbox(part, spec);
  return wholeBoxes(part, { x: 0, y: 0, width: spec.width, height: spec.height });
}

/**
 * The pixels along a side that are averaged into one before the bicubic reduction, which keeps the cost of large photos
 * linear. A source holds whole boxes only: what is over at the right and the bottom, less than a box, is not seen.
 */
export function boxSide(source: PixelSize, target: PixelSize): number {
  const most = Math.min(source.width / (2 * target.width), source.height / (2 * target.height));
  return Math.max(1, Math.floor(most));
}

/** A place of the model's picture as one of the upright image; what lies on a border belongs to the nearest edge. */
export function placeInImage({ source, target }: ImageView, x: number, y: number): { x: number; y: number } {
  const within = (place: number, size: number) => Math.min(Math.max(place, 0), size) / size;
  return {
    x: source.x + within(x - target.x, target.width) * source.width,
    y: source.y + within(y - target.y, target.height) * source.height,
  };
}

/** The smallest box that holds all. @param boxes one or more */
export function boundsOf(boxes: readonly PixelBox[]): PixelBox {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  return { x, y, width, height: Math.max(...boxes.map((box) => box.y + box.height)) - y };
}

function centreCrop(part: PixelBox, spec: ImageSpec & { resize: 'centre-crop' }): ImageView {
  const side = Math.max(1, Math.trunc(spec.cropFraction * Math.min(part.width, part.height)));
  const square = {
    x: part.x + Math.floor((part.width - side) / 2),
    y: part.y + Math.floor((part.height - side) / 2),
    width: side,
    height: side,
  };
  return wholeBoxes(square, { x: 0, y: 0, width: spec.width, height: spec.height });
}

function letterbox(part: PixelBox, { width, height }: ImageSpec): ImageView {
  const scale = Math.min(width / part.width, height / part.height);
  const fitted = (side: number) => Math.max(1, Math.floor(side * scale + 0.5));
  const across = fitted(part.width);
  const down = fitted(part.height);
  const x = Math.floor((width - across) / 2);
  const y = Math.floor((height - down) / 2);
  return wholeBoxes(part, { x, y, width: across, height: down });
}

function wholeBoxes(source: PixelBox, target: PixelBox): ImageView {
  const box = boxSide(source, target);
  const whole = (side: number) => side - (side % box);
  return { source: { ...source, width: whole(source.width), height: whole(source.height) }, target };
}

function regionOutside({ x, y, width, height }: PixelBox, size: PixelSize): AppError {
  const region = `${width} × ${height} pixels from (${x}, ${y})`;
  const message = `${region} are not inside the upright image of ${size.width} × ${size.height} pixels`;
  return new AppError('request.invalid', {
    detail: `region: ${message}`,
    issues: [{ path: 'region', message }],
  });
}
