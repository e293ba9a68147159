import type { ImageSpec } from '../models/manifest.js';
import type { DecodedImage } from './decode-image.js';
import type { DecodeOrder, ShownImage } from './decode-image.thread.js';
import { onImageThread } from './image-threads.js';
import type { PixelBox } from './image-view.js';
import { PixelSlots } from './pixel-slots.js';

const program = 'images/decode-image.thread';
const channels = 3;
const slots = new PixelSlots();

/**
 * Pictures whose pixels are good until they are disposed of: their memory is another picture's after that. It is bounded,
 * so whoever holds one must not wait for another (`PixelSlots`).
 */
export interface BorrowedImages extends Disposable {
  readonly images: readonly DecodedImage[];
}

/** As `BorrowedImages`, of one. */
export interface BorrowedImage extends DecodedImage, Disposable {}

/**
 * Decodes an image as `decodeImage` does, beside the event loop: reducing one to a model's pixels takes a millisecond or
 * more of JavaScript.
 *
 * @param bytes copied once a thread is about to have them: the caller may need them again.
 * @throws AppError as `decodeImage` does; `request.cancelled`; `overloaded` when too many wait
 */
export async function decodeImageAside(
  bytes: Uint8Array,
  spec: ImageSpec,
  signal: AbortSignal,
  region?: PixelBox,
): Promise<BorrowedImage> {
  const borrowed = await decodePartsAside(bytes, spec, signal, region && [region]);
  const [image] = borrowed.images;
  if (image === undefined) throw new Error('a thread gave no picture of an image');
  return { ...image, [Symbol.dispose]: () => borrowed[Symbol.dispose]() };
}

/**
 * As `decodeParts` does, beside the event loop.
 *
 * @param parts all of the image where they are left out.
 * @throws AppError as `decodeImageAside` does
 */
export async function decodePartsAside(
  bytes: Uint8Array,
  spec: ImageSpec,
  signal: AbortSignal,
  parts?: readonly PixelBox[],
): Promise<BorrowedImages> {
  const taken = await slots.take(parts?.length ?? 1, spec.height * spec.width * channels, signal);
  const giveBack = () => {
    slots.give(taken.splice(0));
  };
  try {
    const copy = new Uint8Array(bytes);
    const order: DecodeOrder = { bytes: copy, spec, parts, slots: taken };
    const shown = await onImageThread<ShownImage[]>(program, order, signal, [copy.buffer]);
    const images = shown.flatMap((image, index) => {
      const pixels = taken[index];
      return pixels === undefined ? [] : [{ ...image, pixels }];
    });
    return { images, [Symbol.dispose]: giveBack };
  } catch (error) {
    // A thread that is stopped because its caller went away may still write.
    if (signal.aborted) slots.forfeit(taken.splice(0));
    else giveBack();
    throw error;
  }
}
