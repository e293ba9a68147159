import { describe, expect, it } from '@jest/globals';
import { findSaturation, isRampOver, rampRates } from './saturation.js';

const target = { p95Ms: 300, errorShare: 0.01 };
const point = (offeredPerSecond: number, achievedPerSecond: number, p95Ms: number, errorShare = 0) => ({
  offeredPerSecond,
  achievedPerSecond,
  p95Ms,
  errorShare,
});

describe('rampRates', () => {
  it('rise by the factor, as often as they may', () => {
    const ramp = { fromPerSecond: 10, factor: 2, maxSteps: 4, settleSeconds: 1, measureSeconds: 1 };
    expect(rampRates(ramp)).toEqual([10, 20, 40, 80]);
  });
});

describe('isRampOver', () => {
  it('waits for a second step that falls behind', () => {
    const good = point(100, 99, 20);
    const bad = point(200, 150, 900);
    expect(isRampOver([good, bad])).toBe(false);
    expect(isRampOver([bad, good])).toBe(false);
    expect(isRampOver([good, bad, bad])).toBe(true);
  });
});

describe('findSaturation', () => {
  it('tells the load that kept the target from the one where answers fall behind', () => {
    const points = [point(100, 100, 20), point(200, 199, 290), point(400, 385, 700), point(800, 420, 5_000)];
    expect(findSaturation(points, target)).toEqual({
      capacityPerSecond: 420,
      withinTargetPerSecond: 200,
      saturatedAtPerSecond: 800,
    });
  });

  it('counts refusals as a missed target, however fast they are', () => {
    expect(findSaturation([point(100, 98, 5, 0.02)], target)).toEqual({ capacityPerSecond: 98 });
  });

  it('does not count a good step beyond a missed one', () => {
    const points = [point(100, 100, 20), point(200, 198, 400), point(400, 399, 100)];
    expect(findSaturation(points, target).withinTargetPerSecond).toBe(100);
  });

  it('misses the target where nothing was answered', () => {
    expect(findSaturation([point(100, 0, NaN, 1)], target)).toEqual({
      capacityPerSecond: 0,
      saturatedAtPerSecond: 100,
    });
  });
});
