import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { AppError } from '#kernel';
import type { ImageSpec } from '../models/manifest.js';
import { ownProgram } from '../own-program.js';
import type { DecodedImage } from './decode-image.js';
import type { DecodeFailure, DecodeOrder } from './decode-image.thread.js';
import type { PixelBox } from './image-view.js';

/** Images waiting for a thread; each holds its file in memory. */
const maxWaiting = 512;

let threads: Piscina<DecodeOrder, DecodedImage | DecodeFailure> | undefined;

/**
 * Decodes an image as `decodeImage` does, beside the event loop: reducing one to a model's pixels takes a millisecond or
 * more of JavaScript, and its buffers made the serving process collect garbage for longer than that.
 *
 * The threads are those of the process, one a core, started with the first image. An idle one keeps no process alive.
 *
 * @param bytes copied: the caller may need them again.
 * @throws AppError as `decodeImage` does; `request.cancelled`; `overloaded` when too many wait
 */
export async function decodeImageAside(
  bytes: Uint8Array,
  spec: ImageSpec,
  signal: AbortSignal,
  region?: PixelBox,
): Promise<DecodedImage> {
  threads ??= startThreads();
  if (threads.queueSize >= maxWaiting) {
    const limit = { name: 'images waiting to be decoded', value: maxWaiting, unit: 'images' };
    throw new AppError('overloaded', { limit, retryAfterS: 1 });
  }
  const copy = new Uint8Array(bytes);
  const order = { bytes: copy, spec, region };
  const outcome = await threads
    .run(order, { transferList: [copy.buffer], signal })
    .catch((error: unknown) => {
      throw signal.aborted ? new AppError('request.cancelled') : AppError.from(error);
    });
  if (!('code' in outcome)) return outcome;
  throw new AppError(outcome.code, outcome.facts, { internal: { reason: outcome.reason } });
}

function startThreads(): Piscina<DecodeOrder, DecodedImage | DecodeFailure> {
  const { path, execArgv } = ownProgram('images/decode-image.thread');
  return new Piscina({
    filename: path,
    execArgv,
    maxThreads: availableParallelism(),
    maxQueue: maxWaiting,
    // Threads stay: starting one takes as long as decoding twenty photos.
    idleTimeout: Infinity,
  });
}
