/** Memory kept for pictures to come, in bytes; what is beyond it when a picture is done with is freed. */
const keptBytes = 32 * 2 ** 20;

/**
 * Memory for the pixels of pictures, shared by the threads that write and the event loop that sends them, and used again.
 *
 * Pixels that changed hands instead (transferred buffers) are garbage after every picture, of half a megabyte, which V8
 * answers with full collections of the serving process: they took more of its time than all else that a photo costs.
 */
export class PixelSlots {
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;

  /** @returns `length` bytes of anything, not in use elsewhere. */
  take(length: number): Uint8Array {
    const slot = this.#free.get(length)?.pop();
    if (slot === undefined) return new Uint8Array(new SharedArrayBuffer(length));
    this.#freeBytes -= length;
    return slot;
  }

  /** Gives back what `take` gave; nobody may read or write it any more. */
  give(slot: Uint8Array): void {
    if (this.#freeBytes + slot.length > keptBytes) return;
    const slots = this.#free.get(slot.length) ?? [];
    this.#free.set(slot.length, slots);
    slots.push(slot);
    this.#freeBytes += slot.length;
  }
}
