import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairAccounts } from './fair-accounts.js';
import { ReleaseWindow } from './release-window.js';
import { ServedWindow } from './testing/served-window.js';

const minute = 60_000;

describe('the door of ReleaseWindow', () => {
  it('refuses in a burst what would come too late: nearly all that it takes is answered in time, and as much as ever', () => {
    const burst = (withDoor: boolean) => {
      const served = new ServedWindow({ engines: 2, withDoor });
      served.learnRate();
      const from = served.now;
      for (let i = 0; i < 2_000; i++)
        served.at(from + 5 * i, () => served.ask({ tenantId: 'crowd', deadlineMs: 2_000 }));
      served.run();
      return served.counts('crowd', from);
    };
    const open = burst(false);
    const guarded = burst(true);
    expect(open.late).toBeGreaterThan(500);
    expect(guarded.late).toBeLessThan(0.03 * guarded.inTime);
    expect(guarded.refused).toBeGreaterThan(500);
    expect(guarded.inTime).toBeGreaterThanOrEqual(open.inTime);
    expect(Math.max(...guarded.retryAfterS)).toBeLessThanOrEqual(3);
  });

  it('refuses nobody for the crowd of another tenant', () => {
    const served = new ServedWindow({ engines: 2, withDoor: true });
    served.learnRate();
    const from = served.now;
    for (let i = 0; i < 3_000; i++) {
      const at = from + 4 * i;
      served.at(at, () => served.ask({ tenantId: 'crowd', deadlineMs: 10_000 }));
      // A tenth of what the engines do, by somebody whose share is half; who has little time.
      if (i % 25 === 0) served.at(at, () => served.ask({ tenantId: 'small', deadlineMs: 600 }));
    }
    served.run();
    expect(served.counts('crowd', from).refused).toBeGreaterThan(200);
    expect(served.counts('small', from)).toMatchObject({ refused: 0, late: 0, inTime: 120 });
  });

  it('refuses none that would have been answered, were nobody to come after it', () => {
    const tenant = fc.record({
      entries: fc.integer({ min: 0, max: 80 }),
      weight: fc.constantFrom(0.5, 1, 2, 4),
    });
    fc.assert(
      fc.property(
        fc.array(tenant, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3_000 }),
        (tenants, engines, deadlineMs) => {
          const asked = (withDoor: boolean) => {
            const served = new ServedWindow({ engines, withDoor });
            served.learnRate();
            tenants.forEach(({ entries, weight }, i) => {
              for (let n = 0; n < entries; n++) served.ask({ tenantId: `t${i}`, weight, deadlineMs: minute });
            });
            const from = served.now;
            const { weight = 1 } = tenants[0] ?? {};
            served.at(from + 1, () => served.ask({ tenantId: 't0', weight, deadlineMs }));
            served.run();
            return { ...served.counts('t0', from + 1), tookMs: served.now - from };
          };
          const { refused } = asked(true);
          // A tenth: the rate is an estimate, and entries are not divisible.
          if (refused === 1) expect(asked(false).lastAnsweredAfterMs).toBeGreaterThan(0.9 * deadlineMs - 50);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('says nothing before the rate is measured, nor while nothing waits', () => {
    const time = { now: 0 };
    const options = { clock: { now: () => time.now }, windowMs: 100, engines: 1 };
    const window = new ReleaseWindow<number>(options, new FairAccounts());
    const entry = (value: number) => ({ tenantId: 'a', weight: 1, costMs: 10, value });
    for (let i = 0; i < 400; i++) window.push('interactive', entry(i));
    const late = () => window.lateByRate({ tenantId: 'a', weight: 1, costMs: 10 }, 1) !== undefined;
    let known = 0;
    for (let released = window.release(); released !== undefined; released = window.release()) {
      if (time.now < 1_900) expect(late()).toBe(false);
      known += Number(late());
      time.now += 10;
      window.end(released, 10);
    }
    expect(known).toBeGreaterThan(100);
    expect(late()).toBe(false);
  });

  it('counts the tenth that bulk work gets, and no more', () => {
    const time = { now: 0 };
    const options = { clock: { now: () => time.now }, windowMs: 10, engines: 1 };
    const window = new ReleaseWindow<number>(options, new FairAccounts());
    const push = (lane: 'interactive' | 'bulk', tenantId: string, count: number) => {
      for (let i = 0; i < count; i++) window.push(lane, { tenantId, weight: 1, costMs: 10, value: i });
    };
    push('interactive', 'a', 400);
    for (let i = 0; i < 400; i++) {
      const released = window.release();
      time.now += 10;
      if (released !== undefined) window.end(released, 10);
    }
    push('bulk', 'b', 1_000);
    push('interactive', 'a', 90);
    const late = (leftMs: number) => window.lateByRate({ tenantId: 'a', weight: 1, costMs: 10 }, leftMs);
    expect(late(1_010 / 0.9 + 1)).toBeUndefined();
    expect(late(1_010 / 0.9 - 1)).toBe(2);
  });
});
