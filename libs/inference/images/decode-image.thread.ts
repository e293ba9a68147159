import { move, transferableSymbol, valueSymbol } from 'piscina';
import type { ImageSpec } from '../models/manifest.js';
import { decodeImage, decodeParts } from './decode-image.js';
import type { PixelBox } from './image-view.js';
import { failureOf } from './thread-failure.js';

export interface DecodeOrder {
  bytes: Uint8Array;
  spec: ImageSpec;
  /** Parts of the upright image; all of it where they are left out. */
  parts: readonly PixelBox[] | undefined;
}

/** What the image threads run to decode. @returns every `DecodedImage`, the pixels moved and not copied, or a
 * `ThreadFailure`. */
export default async function decode({ bytes, spec, parts }: DecodeOrder): Promise<unknown> {
  try {
    const decoded =
      parts === undefined ? [await decodeImage(bytes, spec)] : await decodeParts(bytes, spec, parts);
    const buffers = decoded.map(({ pixels }) => pixels.buffer);
    return move({ [transferableSymbol]: buffers, [valueSymbol]: decoded });
  } catch (error) {
    return failureOf(error);
  }
}
