import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairAccounts } from './fair-accounts.js';
import type { FairEntry } from './fair-queue.js';
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
      costMs: fc.integer({ min: 4, max: 200 }),
    });
    fc.assert(
      fc.property(
        fc.array(tenant, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 1, max: 2_000 }),
        (tenants, engines, deadlineMs, afterMs) => {
          const asked = (withDoor: boolean) => {
            const served = new ServedWindow({ engines, withDoor });
            served.learnRate();
            tenants.forEach(({ entries, weight, costMs }, i) => {
              for (let n = 0; n < entries; n++)
                served.ask({ tenantId: `t${i}`, weight, costMs, deadlineMs: minute });
            });
            const from = served.now;
            const { weight = 1, costMs = 16 } = tenants[0] ?? {};
            served.at(from + afterMs, () => served.ask({ tenantId: 't0', weight, costMs, deadlineMs }));
            served.run();
            return served.counts('t0', from + afterMs);
          };
          const { refused } = asked(true);
          // A tenth: the rate is an estimate, and entries are not divisible.
          if (refused === 1) expect(asked(false).lastAnsweredAfterMs).toBeGreaterThan(0.9 * deadlineMs - 50);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it('does not count a large job that is nearly done as if it had just begun', () => {
    const time = { now: 0 };
    const options = { clock: { now: () => time.now }, windowMs: 100, engines: 1 };
    const window = new ReleaseWindow<number>(options, new FairAccounts());
    const large = (value: number) => ({ tenantId: 'a', weight: 1, costMs: 3_200, value });
    for (let i = 0; i < 10; i++) window.push('interactive', large(i));
    for (let i = 0; i < 8; i++) {
      const [running] = window.release();
      time.now += 3_200;
      if (running !== undefined) window.end(running, 3_200);
    }
    window.release();
    time.now += 3_100;
    expect(window.lateByRate(large(10), 10_000)).toBeUndefined();
    expect(window.lateByRate(large(10), 7_000)).toBe(7);
  });

  it('measures nothing by a short list that leaves whole as a batch ends', () => {
    const time = { now: 0 };
    const options = { clock: { now: () => time.now }, windowMs: 80, engines: 1 };
    const window = new ReleaseWindow<number>(options, new FairAccounts());
    const entry = { tenantId: 'a', weight: 1, costMs: 10, value: 0 };
    const running: FairEntry<number>[] = [];
    const submit = (count: number) => {
      for (let i = 0; i < count; i++) {
        window.push('interactive', { ...entry });
        running.push(...window.release());
      }
    };
    const end = (batch: readonly FairEntry<number>[]) => {
      time.now += 10 * batch.length;
      for (const each of batch) window.end(each, 10);
      running.push(...window.release());
    };
    for (let i = 0; i < 40; i++) {
      submit(11);
      end(running.splice(0));
      end(running.splice(0));
    }
    submit(358);
    for (let i = 0; i < 260; i++) end(running.splice(0, 1));
    // 90 wait, 8 are released.
    expect(window.lateByRate(entry, 990 / 0.9 + 1)).toBeUndefined();
    expect(window.lateByRate(entry, 990 / 0.9 - 1)).toBe(1);
  });

  it('says nothing before the rate is measured, nor while nothing waits', () => {
    const time = { now: 0 };
    const options = { clock: { now: () => time.now }, windowMs: 100, engines: 1 };
    const window = new ReleaseWindow<number>(options, new FairAccounts());
    const entry = (value: number) => ({ tenantId: 'a', weight: 1, costMs: 10, value });
    for (let i = 0; i < 400; i++) window.push('interactive', entry(i));
    const released = window.release();
    const late = () => window.lateByRate({ tenantId: 'a', weight: 1, costMs: 10 }, 1) !== undefined;
    let known = 0;
    for (let first = released.shift(); first !== undefined; first = released.shift()) {
      if (time.now < 1_900) expect(late()).toBe(false);
      known += Number(late());
      time.now += 10;
      window.end(first, 10);
      released.push(...window.release());
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
      for (const entry of released) window.end(entry, 10);
    }
    push('bulk', 'b', 1_000);
    push('interactive', 'a', 90);
    const late = (leftMs: number) => window.lateByRate({ tenantId: 'a', weight: 1, costMs: 10 }, leftMs);
    expect(late(1_010 / 0.9 + 1)).toBeUndefined();
    expect(late(1_010 / 0.9 - 1)).toBe(2);
  });
});
