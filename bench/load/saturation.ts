import type { Profile } from './profile.js';

/** What the end of a ramp looks at. */
export interface RampPoint {
  offeredPerSecond: number;
  achievedPerSecond: number;
  p95Ms: number;
  errorShare: number;
}

export interface Saturation {
  /** The most that was answered a second, whatever the latency. */
  capacityPerSecond: number;
  /** The highest load up to which every step kept the target; undefined where already the first did not. */
  withinTargetPerSecond?: number;
  /** The first load whose answers fell behind its arrivals; undefined where the ramp never came there. */
  saturatedAtPerSecond?: number;
}

/** Answers fall behind arrivals when they are fewer by more than this: less than that is chance in a short step. */
const shortfall = 0.05;

export function isSaturated({ offeredPerSecond, achievedPerSecond }: RampPoint): boolean {
  return achievedPerSecond < (1 - shortfall) * offeredPerSecond;
}

/** The loads of a ramp, in order: each by the same factor above the one before. */
export function rampRates({ fromPerSecond, factor, maxSteps }: Profile['ramp']): number[] {
  return Array.from({ length: maxSteps }, (_, step) => fromPerSecond * factor ** step);
}

/** Two steps in a row: one alone may be the machine's hiccup, and the second shows how the server bears it. */
export function isRampOver(points: readonly RampPoint[]): boolean {
  return points.length >= 2 && points.slice(-2).every(isSaturated);
}

export function findSaturation(points: readonly RampPoint[], target: Profile['target']): Saturation {
  const firstMissed = points.findIndex(
    (point) => isSaturated(point) || !(point.p95Ms <= target.p95Ms) || point.errorShare > target.errorShare,
  );
  const kept = firstMissed < 0 ? points : points.slice(0, firstMissed);
  const withinTarget = kept.at(-1);
  const saturated = points.find(isSaturated);
  return {
    capacityPerSecond: Math.max(...points.map(({ achievedPerSecond }) => achievedPerSecond)),
    ...(withinTarget && { withinTargetPerSecond: withinTarget.offeredPerSecond }),
    ...(saturated && { saturatedAtPerSecond: saturated.offeredPerSecond }),
  };
}
