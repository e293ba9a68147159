import type { JobReply } from '#contracts';

/** Before anything was measured, a job is taken for this much engine time. */
const priorJobMs = 5;
const learningRate = 0.05;
/** A worker takes a little more than its part of the window, so that it never idles while another is full. */
const headroom = 1.5;
const bounds = { least: 4, most: 512 };

/**
 * How many jobs a worker takes side by side: BullMQ counts jobs, engines need milliseconds. Follows the measured engine
 * time of jobs, so that a worker holds about its own part of the release window and leaves the rest to others.
 */
export class JobConcurrency {
  private meanMs = priorJobMs;

  /** @param windowMs this worker's part of the release window, predicted engine milliseconds */
  constructor(private readonly windowMs: number) {}

  get value(): number {
    const jobs = Math.ceil((headroom * this.windowMs) / this.meanMs);
    return Math.min(bounds.most, Math.max(bounds.least, jobs));
  }

  observe({ outcomes }: JobReply): void {
    const tookMs = outcomes.reduce((sum, { timings }) => sum + timings.computeMs, 0);
    if (tookMs > 0) this.meanMs += learningRate * (tookMs - this.meanMs);
  }
}
