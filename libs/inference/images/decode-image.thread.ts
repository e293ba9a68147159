import { move, transferableSymbol, valueSymbol } from 'piscina';
import { AppError, type ErrorCode, type PublicFacts } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { decodeImage } from './decode-image.js';
import type { PixelBox } from './image-view.js';

export interface DecodeOrder {
  bytes: Uint8Array;
  spec: ImageSpec;
  region: PixelBox | undefined;
}

/** The parts of an `AppError`: its class does not survive the way between threads. */
export interface DecodeFailure {
  code: ErrorCode;
  facts: PublicFacts;
  reason: string;
}

/** What the threads of `image-threads.ts` run. @returns a `DecodedImage`, its pixels moved and not copied, or a
 * `DecodeFailure`. */
export default async function decode({ bytes, spec, region }: DecodeOrder): Promise<unknown> {
  try {
    const decoded = await decodeImage(bytes, spec, region);
    return move({ [transferableSymbol]: decoded.pixels.buffer, [valueSymbol]: decoded });
  } catch (error) {
    const { code, facts, cause, message } = AppError.from(error);
    return { code, facts, reason: cause instanceof Error ? cause.message : message } satisfies DecodeFailure;
  }
}
