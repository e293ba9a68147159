import { describe, expect, it } from '@jest/globals';
import { DrainRate } from './drain-rate.js';

function newRate(engines = 1) {
  const time = { now: 0 };
  const rate = new DrainRate({ now: () => time.now }, engines);
  /** 20 ms of work leave every 10 ms while more waits. */
  const drain = (forMs: number) => {
    rate.dispatched(20, true);
    for (const until = time.now + forMs; time.now < until;) {
      time.now += 10;
      rate.dispatched(20, true);
    }
  };
  return { time, rate, drain };
}

describe('DrainRate', () => {
  it('is not a measurement until work has waited for two seconds in all, idle ones between them not counted', () => {
    const { time, rate, drain } = newRate();
    drain(1_500);
    expect(rate.measured).toBeUndefined();
    rate.dispatched(20, false);
    time.now += 5_000;
    rate.dispatched(20, false);
    expect(rate.measured).toBeUndefined();
    drain(1_500);
    expect(rate.measured).toBeCloseTo(2, 1);
  });

  it('is not a measurement while nearly nothing has left, as when a model was loaded meanwhile', () => {
    const { time, rate, drain } = newRate();
    rate.dispatched(20, true);
    time.now += 5_000;
    rate.dispatched(20, true);
    expect(rate.measured).toBeUndefined();
    drain(5_000);
    expect(rate.measured).toBeGreaterThan(0.5);
  });

  it('forgets what was measured more than ten seconds before: others may have had the engines then', () => {
    const { time, rate, drain } = newRate();
    rate.dispatched(100, true);
    for (let i = 0; i < 60; i++) {
      time.now += 1_000;
      rate.dispatched(100, true);
    }
    expect(rate.measured).toBeCloseTo(0.1, 2);
    time.now += 9_000;
    expect(rate.measured).toBeDefined();
    rate.dispatched(100, false);
    time.now += 2_000;
    expect(rate.measured).toBeUndefined();
    expect(rate.value).toBeCloseTo(0.1, 1);
    drain(1_500);
    expect(rate.measured).toBeUndefined();
    expect(rate.value).toBeGreaterThan(1);
    drain(1_000);
    expect(rate.measured).toBeCloseTo(2, 1);
  });

  it('is not told by what was all that there was to hand out', () => {
    const { time, rate, drain } = newRate();
    drain(5_000);
    for (let i = 0; i < 100; i++) {
      rate.dispatched(1, true);
      time.now += 10;
      rate.dispatched(1_000, false);
    }
    expect(rate.measured).toBeLessThan(2.1);
  });

  it('comes to what is measured, whatever was believed', () => {
    for (const engines of [1, 8]) {
      const { rate, drain } = newRate(engines);
      drain(60_000);
      expect(rate.value).toBeCloseTo(2, 1);
    }
  });

  it('is low during an outage, and half of what it was or more as soon as that is over', () => {
    const { time, rate, drain } = newRate(2);
    drain(60_000);
    time.now += 60_000;
    expect(rate.value).toBeLessThan(0.4);
    drain(5_000);
    expect(rate.value).toBeGreaterThan(1);
  });

  it('takes jobs that each last half a minute for what they are', () => {
    const { time, rate } = newRate();
    for (let i = 0; i < 20; i++) {
      rate.dispatched(30_000, true);
      time.now += 30_000;
    }
    expect(rate.value).toBeGreaterThan(0.5);
    expect(rate.value).toBeLessThan(1.5);
  });
});
