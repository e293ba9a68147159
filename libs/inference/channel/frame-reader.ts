import { decodeFrame, prologueBytes, readLengths } from './message-frame.js';

/** A part of a frame, filled from the stream. */
interface Part {
  readonly bytes: Buffer;
  filled: number;
}

/** Puts messages together from a stream of bytes that breaks anywhere. */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  #prologue: Part = partOf(prologueBytes);
  #json: Part | undefined;
  #tensors: Part | undefined;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  /**
   * @param chunk copied, the caller may use its memory again.
   * @throws RangeError, SyntaxError for a stream that is not of frames
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    for (;;) {
      at += fill(this.#prologue, chunk, at);
      if (!isFull(this.#prologue)) return;
      if (this.#json === undefined || this.#tensors === undefined) {
        const lengths = readLengths(this.#prologue.bytes);
        this.#json = partOf(lengths.json);
        this.#tensors = partOf(lengths.tensors);
      }
      at += fill(this.#json, chunk, at);
      if (!isFull(this.#json)) return;
      at += fill(this.#tensors, chunk, at);
      if (!isFull(this.#tensors)) return;
      this.#deliver(this.#json, this.#tensors);
    }
  }

  #deliver(json: Part, tensors: Part): void {
    this.#prologue = partOf(prologueBytes);
    this.#json = undefined;
    this.#tensors = undefined;
    this.#onMessage(decodeFrame(json.bytes, tensors.bytes.buffer as ArrayBuffer));
  }
}

/** Slow means a buffer of its own, which tensors can be views of. */
function partOf(length: number): Part {
  return { bytes: Buffer.allocUnsafeSlow(length), filled: 0 };
}

function isFull({ bytes, filled }: Part): boolean {
  return filled === bytes.length;
}

/** @returns how many bytes were taken from `at` on. */
function fill(part: Part, chunk: Uint8Array, at: number): number {
  const taken = Math.min(part.bytes.length - part.filled, chunk.length - at);
  part.bytes.set(chunk.subarray(at, at + taken), part.filled);
  part.filled += taken;
  return taken;
}
