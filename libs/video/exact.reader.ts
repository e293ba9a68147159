/** Cuts a stream of bytes into pieces of known sizes. */
export class ExactReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private held: Uint8Array[] = [];
  private heldBytes = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** The next `size` bytes; undefined where the stream ends before. */
  async read(size: number): Promise<Uint8Array | undefined> {
    while (this.heldBytes < size) {
      const next = await this.chunks.next();
      if (next.done === true) return undefined;
      this.held.push(next.value);
      this.heldBytes += next.value.byteLength;
    }
    const all = Buffer.concat(this.held);
    this.held = [all.subarray(size)];
    this.heldBytes -= size;
    return all.subarray(0, size);
  }
}
