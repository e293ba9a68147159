const memoryIntervalMs = 250;

/** Resident memory, read now and then: a reading takes 40 µs, as long as a report itself. */
export class ResidentMemory {
  #bytes = 0;
  #readAt = -Infinity;

  /** @param now by `performance.now()` */
  rssBytes(now: number): number {
    if (now - this.#readAt > memoryIntervalMs) {
      this.#bytes = process.memoryUsage.rss();
      this.#readAt = now;
    }
    return this.#bytes;
  }
}
