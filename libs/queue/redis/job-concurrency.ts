/** Before anything was measured, a parcel is taken for this much engine time. */
const priorParcelMs = 5;
const learningRate = 0.05;
/** A worker takes a little more than its part of the window, so that it never idles while another is full. */
const headroom = 1.5;
const bounds = { least: 4, most: 512 };

/**
 * How many parcels a worker takes side by side: BullMQ counts jobs, engines need milliseconds. Follows the measured engine
 * time of parcels, so that a worker holds about its own part of the release window and leaves the rest to others.
 */
export class JobConcurrency {
  private meanMs = priorParcelMs;

  /** @param windowMs this worker's part of the release window, predicted engine milliseconds */
  constructor(private readonly windowMs: number) {}

  get value(): number {
    const parcels = Math.ceil((headroom * this.windowMs) / this.meanMs);
    return Math.min(bounds.most, Math.max(bounds.least, parcels));
  }

  observe(tookMs: number): void {
    if (tookMs > 0) this.meanMs += learningRate * (tookMs - this.meanMs);
  }
}
