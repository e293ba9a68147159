import { describe, expect, it } from '@jest/globals';
import type { FairEntry } from './fair-queue.js';
import { LanedFairQueue, type Lane } from './laned-fair-queue.js';

describe('LanedFairQueue', () => {
  let queue: LanedFairQueue<string>;
  const push = (lane: Lane, tenantId: string, costMs = 1): FairEntry<string> => {
    const entry = { tenantId, weight: 1, costMs, value: lane };
    queue.push(lane, entry);
    return entry;
  };
  const pop = (count: number) => Array.from({ length: count }, () => queue.pop());

  it('gives bulk a tenth while both lanes have work, and everything when it is alone', () => {
    queue = new LanedFairQueue();
    for (let i = 0; i < 200; i++) {
      push('interactive', 'a');
      push('bulk', 'b');
    }
    const first = pop(100).map((entry) => entry?.value);
    expect(first.filter((lane) => lane === 'bulk')).toHaveLength(10);
    const rest = pop(300);
    expect(rest.every((entry) => entry !== undefined)).toBe(true);
    expect(queue.size).toBe(0);
  });

  it('lets an interactive entry go before bulk that has waited alone for hours', () => {
    queue = new LanedFairQueue();
    for (let i = 0; i < 1_000; i++) push('bulk', 'b');
    pop(500);
    push('interactive', 'a');
    expect(pop(2).map((entry) => entry?.value)).toContain('interactive');
  });

  it('gives bulk no more than its tenth for all that interactive work got before bulk came', () => {
    queue = new LanedFairQueue();
    for (let i = 0; i < 5_000; i++) push('interactive', 'a');
    pop(5_000);
    for (let i = 0; i < 100; i++) push('bulk', 'b');
    for (let i = 0; i < 100; i++) push('interactive', 'a');
    const first = pop(50).map((entry) => entry?.value);
    expect(first.filter((lane) => lane === 'bulk').length).toBeLessThanOrEqual(6);
  });

  it('gives a tenant one share over both lanes', () => {
    queue = new LanedFairQueue();
    for (let i = 0; i < 2; i++) push('bulk', 'a', 1_000);
    pop(1);
    for (const tenantId of ['b', 'a', 'b']) push('interactive', tenantId);
    const interactive = pop(4).filter((entry) => entry?.value === 'interactive');
    expect(interactive.map((entry) => entry?.tenantId)).toEqual(['b', 'b', 'a']);
  });

  it('takes an entry out of whichever lane it waits in', () => {
    queue = new LanedFairQueue();
    const entries = [push('bulk', 'a', 5), push('interactive', 'a', 7)];
    for (const entry of entries) expect(queue.remove(entry)).toBe(true);
    expect([queue.size, queue.backlogMs]).toEqual([0, 0]);
  });
});
