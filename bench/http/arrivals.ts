import { seeded } from '../random.js';

/** Moments in milliseconds, rising, within `seconds`: exponential gaps from a fixed seed, `perSecond` on average. */
export function poissonArrivals(perSecond: number, seconds: number, seed = 1): number[] {
  const random = seeded(seed);
  const moments: number[] = [];
  for (let at = gapMs(); at < seconds * 1_000; at += gapMs()) moments.push(at);
  return moments;

  function gapMs(): number {
    return (-1_000 * Math.log(1 - random())) / perSecond;
  }
}
