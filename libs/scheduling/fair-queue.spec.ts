import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairAccounts } from './fair-accounts.js';
import { FairQueue, type FairEntry } from './fair-queue.js';

let lastValue = 0;
const entry = (tenantId: string, costMs = 10, weight = 1): FairEntry<number> => ({
  tenantId,
  weight,
  costMs,
  value: ++lastValue,
});
const fill = (queue: FairQueue<number>, tenantId: string, count: number, costMs = 10, weight = 1) => {
  const entries = Array.from({ length: count }, () => entry(tenantId, costMs, weight));
  for (const each of entries) queue.push(each);
  return entries;
};
const popTenants = (queue: FairQueue<number>, count: number) =>
  Array.from({ length: count }, () => queue.pop()?.tenantId);

describe('FairQueue', () => {
  it('gives backlogged tenants compute by weight within one row, at every moment', () => {
    const tenant = fc.record({
      weight: fc.integer({ min: 1, max: 10 }),
      costMs: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(tenant, { minLength: 2, maxLength: 6 }), (tenants) => {
        const queue = new FairQueue<number>();
        tenants.forEach(({ weight, costMs }, i) => fill(queue, `t${i}`, 400, costMs, weight));
        const normal = tenants.map(() => 0);
        for (let i = 0; i < 300; i++) {
          const popped = queue.pop();
          const index = Number(popped?.tenantId.slice(1));
          normal[index] = (normal[index] ?? 0) + (popped?.costMs ?? 0) / (popped?.weight ?? 1);
          const largestStep = Math.max(...tenants.map(({ weight, costMs }) => costMs / weight));
          expect(Math.max(...normal) - Math.min(...normal)).toBeLessThanOrEqual(largestStep + 1e-6);
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('is a lossless queue, in order inside a tenant, under any pushes, pops and removals', () => {
    const operation = fc.record({
      kind: fc.constantFrom('push', 'push', 'push', 'pop', 'popWhere', 'remove'),
      tenant: fc.nat(2),
      costMs: fc.nat(20),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 150 }), (operations) => {
        const queue = new FairQueue<number>();
        let waiting: FairEntry<number>[] = [];
        const taken = (popped: FairEntry<number> | undefined) => {
          if (popped === undefined) return;
          expect(waiting.find(({ tenantId }) => tenantId === popped.tenantId)).toBe(popped);
          waiting = waiting.filter((other) => other !== popped);
        };
        for (const { kind, tenant, costMs, pick } of operations) {
          const picked = waiting[pick % Math.max(1, waiting.length)];
          if (kind === 'push') {
            const added = entry(`t${tenant}`, costMs);
            waiting.push(added);
            queue.push(added);
          } else if (kind === 'pop') {
            const head = queue.peek();
            expect(head === undefined).toBe(waiting.length === 0);
            expect(queue.pop()).toBe(head);
            taken(head);
          } else if (kind === 'popWhere') {
            const found = queue.popWhere(({ tenantId }) => tenantId === `t${tenant}`);
            expect(found === undefined).toBe(!waiting.some(({ tenantId }) => tenantId === `t${tenant}`));
            taken(found);
          } else if (picked !== undefined) {
            expect(queue.remove(picked)).toBe(true);
            expect(queue.remove(picked)).toBe(false);
            waiting = waiting.filter((other) => other !== picked);
          }
          expect(queue.size).toBe(waiting.length);
          expect(queue.backlogMs).toBeCloseTo(
            waiting.reduce((sum, each) => sum + each.costMs, 0),
            6,
          );
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('gives a tenant that comes back neither credit for its absence nor a penalty', () => {
    const queue = new FairQueue<number>();
    fill(queue, 'away', 1);
    fill(queue, 'busy', 1_000);
    for (let i = 0; i < 500; i++) queue.pop();
    fill(queue, 'away', 100);
    const tenants = popTenants(queue, 100);
    for (let length = 1; length <= tenants.length; length++) {
      const away = tenants.slice(0, length).filter((tenant) => tenant === 'away').length;
      expect(Math.abs(away - length / 2)).toBeLessThanOrEqual(1);
    }
  });

  it('does not let a tenant shed its debt by emptying its lane for a moment', () => {
    const queue = new FairQueue<number>();
    fill(queue, 'patient', 100, 10);
    let hopperMs = 0;
    for (let i = 0; i < 60; i++) {
      // One large row at a time: its lane is empty after each.
      if (!queueHas(queue, 'hopper')) queue.push(entry('hopper', 30));
      if (queue.pop()?.tenantId === 'hopper') hopperMs += 30;
    }
    const patientMs = (100 - (queue.size - (queueHas(queue, 'hopper') ? 1 : 0))) * 10;
    expect(Math.abs(hopperMs - patientMs)).toBeLessThanOrEqual(30);
  });

  it('serves a waiting tenant even while new tenants keep arriving', () => {
    const queue = new FairQueue<number>();
    fill(queue, 'first', 2);
    queue.pop();
    queue.push(entry('other'));
    queue.pop();
    const [waiting] = fill(queue, 'second', 1);
    let pops = 0;
    for (let popped = queue.pop(); popped !== waiting; popped = queue.pop()) {
      queue.push(entry(`new${pops++}`));
      expect(pops).toBeLessThan(5);
    }
  });

  it('makes a tenant pay what its rows turned out to cost', () => {
    const queue = new FairQueue<number>();
    fill(queue, 'dear', 100);
    fill(queue, 'cheap', 100);
    let dearRows = 0;
    for (let i = 0; i < 90; i++) {
      if (queue.pop()?.tenantId !== 'dear') continue;
      dearRows++;
      queue.charge('dear', 10);
    }
    expect(dearRows).toBe(30);
  });

  it('keeps one account for a tenant over queues that share accounts', () => {
    const accounts = new FairAccounts();
    const [left, right] = [new FairQueue<number>(accounts), new FairQueue<number>(accounts)];
    fill(left, 'both', 100);
    fill(right, 'both', 100);
    fill(right, 'one', 100);
    const served = { both: 0, one: 0 };
    for (let i = 0; i < 100; i++) {
      const popped = (left.isFairerThan(right) ? left : right).pop();
      served[popped?.tenantId === 'one' ? 'one' : 'both']++;
    }
    expect(Math.abs(served.both - served.one)).toBeLessThanOrEqual(1);
  });

  it('refuses weights and costs that would spoil the order of others', () => {
    const queue = new FairQueue<number>();
    for (const bad of [
      entry('t', 1, 0),
      entry('t', 1, -1),
      entry('t', NaN),
      entry('t', -1),
      entry('t', Infinity),
    ]) {
      expect(() => queue.push(bad)).toThrow(RangeError);
    }
    expect(queue.size).toBe(0);
  });

  it('forgets tenants that are gone, but not what one that is ahead has had', () => {
    const accounts = new FairAccounts();
    const queue = new FairQueue<number>(accounts);
    queue.push(entry('ahead', 50));
    fill(queue, 'patient', 200, 1);
    expect(queue.pop()?.tenantId).toBe('ahead');
    for (let i = 0; i < 20_000; i++) {
      queue.push(entry(`passing${i}`, 0));
      expect(queue.popWhere(({ tenantId }) => tenantId !== 'patient')?.tenantId).toBe(`passing${i}`);
    }
    expect(accounts.size).toBeLessThan(2_000);
    queue.push(entry('ahead', 50));
    expect(popTenants(queue, 100).indexOf('ahead')).toBeGreaterThanOrEqual(50);
  });
});

function queueHas(queue: FairQueue<number>, tenantId: string): boolean {
  let found = false;
  queue.popWhere((head) => {
    found ||= head.tenantId === tenantId;
    return false;
  });
  return found;
}
