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
  it('is not a measurement until work has waited for two seconds in all, however long it has been idle', () => {
    const { time, rate, drain } = newRate();
    drain(1_500);
    expect(rate.measured).toBeUndefined();
    rate.dispatched(20, false);
    time.now += 3_600_000;
    rate.dispatched(20, false);
    expect(rate.measured).toBeUndefined();
    drain(1_500);
    expect(rate.measured).toBeCloseTo(2, 1);
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
