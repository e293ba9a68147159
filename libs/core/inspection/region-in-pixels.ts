import type { InspectedPart } from '#contracts';
import type { PixelRegion } from './finding-source.js';

/**
 * The part of a picture in whole pixels, those that it touches, and within the picture when it is given in parts of it.
 * One in pixels is as it was given: whether the picture has it is for the task to say.
 */
export function regionInPixels(
  { unit, x, y, width, height }: InspectedPart,
  picture: { width: number; height: number },
): PixelRegion {
  if (unit === 'px') return { x, y, width, height };
  const [left, right] = pixelsAlong(x, x + width, picture.width);
  const [top, bottom] = pixelsAlong(y, y + height, picture.height);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Less of a pixel than this is an edge that lies on the next one, but for the rounding of decimals. */
const rounding = 1e-6;

function pixelsAlong(start: number, end: number, length: number): [start: number, end: number] {
  const first = Math.min(Math.floor(start * length + rounding), length - 1);
  return [first, Math.min(Math.max(Math.ceil(end * length - rounding), first + 1), length)];
}
