import { createHash } from 'node:crypto';
import type { DecodedImage } from '../images/decode-image.js';

/** An image to be compared: Jest takes a second for half a million pixels, and seconds to show how they differ. */
export function hashedPixels({ pixels, view, part, size }: DecodedImage) {
  return { sha256: createHash('sha256').update(pixels).digest('hex'), view, part, size };
}
