/**
 * Pixels whose memory goes back when they are disposed of; they are empty then, and so is every view of them.
 *
 * Left to V8, the 75 MB of the largest image lie there until it collects, which takes the next picture to make it: a
 * thread then holds two. libvips' own go back a turn of the event loop later.
 */
export class OwnPixels implements Disposable {
  /** @param pixels all of a buffer that nobody else reads. */
  constructor(readonly pixels: Uint8Array) {}

  [Symbol.dispose](): void {
    if ('transfer' in this.pixels.buffer) this.pixels.buffer.transfer(0);
  }
}
