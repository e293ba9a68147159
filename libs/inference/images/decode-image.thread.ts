import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { ImageSpec } from '../models/manifest.js';
import { decodeImage } from './decode-image.js';
import type { PixelBox } from './image-view.js';
import { failureOf } from './thread-failure.js';

export interface DecodeOrder {
  bytes: Uint8Array;
  spec: ImageSpec;
  region: PixelBox | undefined;
}

/** What the image threads run to decode. @returns a `DecodedImage`, its pixels moved and not copied, or a
 * `ThreadFailure`. */
export default async function decode({ bytes, spec, region }: DecodeOrder): Promise<unknown> {
  try {
    const decoded = await decodeImage(bytes, spec, region);
    return move({ [transferableSymbol]: decoded.pixels.buffer, [valueSymbol]: decoded });
  } catch (error) {
    return failureOf(error);
  }
}
