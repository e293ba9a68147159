/** What a tenant has taken and not yet earned back, in items, at a moment. */
export interface Bucket {
  level: number;
  /** Milliseconds. */
  at: number;
}

export interface Rate {
  /** Items a second, sustained. */
  perSecond: number;
  /** Items at once. */
  burst: number;
}

/** Rounding of a few additions must not refuse what fits; a millionth of an item is nobody's gain. */
export const tolerance = 1e-6;

/**
 * The generic cell rate algorithm (GCRA) with a cost, in its leaky-bucket form: ITU-T I.371 defines both forms and shows
 * that they admit the same. The other one adds small intervals to a time stamp of 16 digits, which is off by a tenth of a
 * percent from 10,000 items a second on; a level stays exact.
 *
 * In any span of t seconds at most `burst + perSecond · t` items are admitted, and what fits is never refused.
 */
export function drain(bucket: Bucket | undefined, { perSecond }: Rate, now: number): number {
  if (bucket === undefined) return 0;
  // A clock that went back earns nothing and costs nothing.
  const elapsedMs = Math.max(0, now - bucket.at);
  return Math.max(0, bucket.level - (elapsedMs * perSecond) / 1_000);
}

/** How long until `items` fit on top of a level, milliseconds; 0 where they fit now. They must not exceed the burst. */
export function waitMs(level: number, { perSecond, burst }: Rate, items: number): number {
  const over = level + items - burst;
  return over <= tolerance ? 0 : (over * 1_000) / perSecond;
}
