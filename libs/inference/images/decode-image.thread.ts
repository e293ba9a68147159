import { move } from 'piscina';
import { AppError, type ErrorCode, type PublicFacts } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { decodeImage } from './decode-image.js';

export interface DecodeOrder {
  bytes: Uint8Array;
  spec: ImageSpec;
}

/** The parts of an `AppError`: its class does not survive the way between threads. */
export interface DecodeFailure {
  code: ErrorCode;
  facts: PublicFacts;
  reason: string;
}

/** What the threads of `image-threads.ts` run. @returns the pixels, moved and not copied, or a `DecodeFailure`. */
export default async function decode({ bytes, spec }: DecodeOrder): Promise<unknown> {
  try {
    return move(await decodeImage(bytes, spec));
  } catch (error) {
    const { code, facts, cause, message } = AppError.from(error);
    return { code, facts, reason: cause instanceof Error ? cause.message : message } satisfies DecodeFailure;
  }
}
