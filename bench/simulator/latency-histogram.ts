/** Each bucket is this much wider than the one before: a percentile is off by half of it at most. */
const growth = 1.02;

/** Percentiles of millions of latencies in little memory. */
export class LatencyHistogram {
  count = 0;
  private readonly buckets: number[] = [];

  add(ms: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(Math.max(ms, 1)) / Math.log(growth)));
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
    this.count++;
  }

  percentile(p: number): number {
    let left = p * this.count;
    const bucket = Array.from(this.buckets, (count: number | undefined) => count ?? 0).findIndex(
      (count) => count > 0 && (left -= count) <= 0,
    );
    return bucket < 0 ? NaN : growth ** (bucket - 0.5);
  }
}
