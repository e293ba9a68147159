import type { ImageSpec } from '../models/manifest.js';
import { decodeImage, decodeParts, type DecodedImage } from './decode-image.js';
import type { PixelBox } from './image-view.js';
import { failureOf, type ThreadFailure } from './thread-failure.js';

export interface DecodeOrder {
  bytes: Uint8Array;
  spec: ImageSpec;
  /** Parts of the upright image; all of it where they are left out. */
  parts: readonly PixelBox[] | undefined;
  /** Shared memory that takes the pixels of every part. */
  slots: readonly Uint8Array[];
}

/** What is told of a picture whose pixels are in its slot. */
export type ShownImage = Omit<DecodedImage, 'pixels'>;

/** What the image threads run to decode. */
export default async function decode({
  bytes,
  spec,
  parts,
  slots,
}: DecodeOrder): Promise<ShownImage[] | ThreadFailure> {
  try {
    const decoded =
      parts === undefined ? [await decodeImage(bytes, spec)] : await decodeParts(bytes, spec, parts);
    return decoded.map(({ pixels, ...shown }, index) => {
      slots[index]?.set(pixels);
      return shown;
    });
  } catch (error) {
    return failureOf(error);
  }
}
