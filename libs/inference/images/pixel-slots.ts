import { AppError } from '#kernel';

/** Memory in use at the same time, and as much is kept for pictures to come, in bytes: some sixty pictures. */
const mostBytes = 32 * 2 ** 20;
/** Pictures waiting for memory; each may hold a file. */
const mostWaiting = 512;

/** A picture, or parts of one, whose turn has not come. */
interface Waiting {
  readonly bytes: number;
  lend(): void;
}

/**
 * Memory for the pixels of pictures, shared by the threads that write and the event loop that sends them, and used again.
 *
 * Pixels that changed hands instead (transferred buffers) are garbage after every picture, of half a megabyte, which V8
 * answers with full collections of the serving process: they took more of its time than all else that a photo costs.
 *
 * It is bounded, and lent in order of arrival: pictures are decoded no further ahead than engines can use, and one that
 * waits is no more than its file. Who arrives is decided before, by the fair queue. Nobody may wait for memory while
 * holding some: what cannot be lent beside others would then never be.
 */
export class PixelSlots {
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;
  #lentBytes = 0;
  readonly #waiting = new Set<Waiting>();

  /** In use, in bytes. */
  get lentBytes(): number {
    return this.#lentBytes;
  }

  /**
   * Waits until there is room for all of them; what is larger than the bound gets room alone.
   *
   * @returns `count` times `length` bytes of anything, not in use elsewhere.
   * @throws AppError `request.cancelled`; `overloaded` when too many wait
   */
  async take(count: number, length: number, signal: AbortSignal): Promise<Uint8Array[]> {
    const bytes = count * length;
    if (this.#waiting.size === 0 && this.#hasRoom(bytes)) this.#lentBytes += bytes;
    else await this.#turn(bytes, signal);
    return Array.from({ length: count }, () => this.#slot(length));
  }

  /** Gives back what `take` gave; nobody may read or write it any more. */
  give(slots: readonly Uint8Array[]): void {
    for (const slot of slots) this.#keep(slot);
    this.forfeit(slots);
  }

  /** As `give`, of memory that a thread may still write to: it is nobody's any more. */
  forfeit(slots: readonly Uint8Array[]): void {
    for (const { length } of slots) this.#lentBytes -= length;
    this.#lendOn();
  }

  #lendOn(): void {
    for (const next of this.#waiting) {
      if (!this.#hasRoom(next.bytes)) return;
      this.#waiting.delete(next);
      this.#lentBytes += next.bytes;
      next.lend();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#lentBytes === 0 || this.#lentBytes + bytes <= mostBytes;
  }

  async #turn(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new AppError('request.cancelled');
    if (this.#waiting.size >= mostWaiting) {
      const limit = { name: 'images waiting to be decoded', value: mostWaiting, unit: 'images' };
      throw new AppError('overloaded', { limit, retryAfterS: 1 });
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const waiting: Waiting = {
      bytes,
      lend: () => {
        resolve(undefined);
      },
    };
    const leave = () => {
      if (!this.#waiting.delete(waiting)) return;
      reject(new AppError('request.cancelled'));
      this.#lendOn();
    };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', leave, { once: true });
    await promise.finally(() => {
      signal.removeEventListener('abort', leave);
    });
  }

  #slot(length: number): Uint8Array {
    const slot = this.#free.get(length)?.pop();
    if (slot === undefined) return new Uint8Array(new SharedArrayBuffer(length));
    this.#freeBytes -= length;
    return slot;
  }

  #keep(slot: Uint8Array): void {
    if (this.#freeBytes + slot.length > mostBytes) return;
    const slots = this.#free.get(slot.length) ?? [];
    this.#free.set(slot.length, slots);
    slots.push(slot);
    this.#freeBytes += slot.length;
  }
}
