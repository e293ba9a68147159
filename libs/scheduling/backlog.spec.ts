import { describe, expect, it } from '@jest/globals';
import { Backlog } from './backlog.js';

const maxMs = 10_000;

function newBacklog() {
  const time = { now: 0 };
  return { time, backlog: new Backlog({ now: () => time.now }, maxMs, 1) };
}

/** Fills up to the bound this tenant meets; returns its backlog. */
function flood(backlog: Backlog, tenantId: string, weight = 1, costMs = 10): number {
  let ms = 0;
  for (; backlog.hasRoom(tenantId, weight, costMs); ms += costMs) backlog.add({ tenantId, costMs });
  return ms;
}

describe('Backlog', () => {
  it('keeps room for newcomers however one tenant floods it', () => {
    const { backlog } = newBacklog();
    expect(flood(backlog, 'heavy')).toBeCloseTo(maxMs * 0.8, -2);
    expect(backlog.hasRoom('light', 1, 100)).toBe(true);
  });

  it('never exceeds its bound, however many tenants flood it', () => {
    const { backlog } = newBacklog();
    for (let round = 0; round < 5; round++) for (let i = 0; i < 20; i++) flood(backlog, `t${i}`);
    expect(backlog.totalMs).toBeLessThanOrEqual(maxMs);
    expect(backlog.hasRoom('t0', 1, 10)).toBe(false);
  });

  it('lets a tenant of greater weight have more waiting', () => {
    const flooded = (weight: number) => flood(newBacklog().backlog, 'a', weight);
    expect(flooded(1)).toBeCloseTo(maxMs * 0.8, -2);
    expect(flooded(4)).toBeCloseTo((maxMs * 16) / 17, -2);
    expect(flooded(0.25)).toBeCloseTo(maxMs * 0.5, -2);
  });

  it('lets a row larger than the bound in when nothing else waits', () => {
    const { backlog } = newBacklog();
    expect(backlog.hasRoom('a', 1, 2 * maxMs)).toBe(true);
    backlog.add({ tenantId: 'a', costMs: 1 });
    expect(backlog.hasRoom('b', 1, 2 * maxMs)).toBe(false);
  });

  it('tells callers to come back after backlog / measured drain rate, in whole seconds', () => {
    const { time, backlog } = newBacklog();
    const work = (costMs: number) => ({ tenantId: 'a', costMs });
    backlog.add(work(5_900));
    expect(backlog.retryAfterS).toBe(6);
    // Three engines' worth of work leaves, 300 ms every 100 ms, while 5.9 s stay.
    for (let i = 0; i < 600; i++) {
      backlog.add(work(300));
      time.now += 100;
      backlog.dispatched([work(300)]);
    }
    expect(backlog.retryAfterS).toBe(2);
    expect(backlog.overloaded().facts).toMatchObject({
      retryAfterS: 2,
      limit: { name: 'backlog', value: maxMs },
    });
  });

  it('believes that every engine works until it has seen some at it, also while the first large jobs take their time', () => {
    const time = { now: 0 };
    const backlog = new Backlog({ now: () => time.now }, 100_000, 2);
    const work = { tenantId: 'a', costMs: 10_000 };
    for (let i = 0; i < 4; i++) backlog.add(work);
    backlog.dispatched([work]);
    time.now += 5_000;
    expect(backlog.retryAfterS).toBeLessThanOrEqual(23);
  });

  it('does not take an idle hour for a slow hour, but does take a stalled minute for one', () => {
    const { time, backlog } = newBacklog();
    const work = { tenantId: 'a', costMs: 3_000 };
    backlog.add(work);
    backlog.dispatched([work]);
    time.now += 3_600_000;
    backlog.add(work);
    expect(backlog.retryAfterS).toBe(3);
    backlog.add(work);
    backlog.dispatched([work]);
    time.now += 60_000;
    expect(backlog.retryAfterS).toBeGreaterThan(20);
  });

  it('has nothing waiting, and says 1 s, after every row has left', () => {
    const { backlog } = newBacklog();
    const rows = [0.1, 0.2, 0.3].map((costMs) => ({ tenantId: 'a', costMs }));
    for (const row of rows) backlog.add(row);
    for (const row of rows) backlog.remove(row);
    expect(backlog.totalMs).toBe(0);
    expect(backlog.retryAfterS).toBe(1);
  });
});
