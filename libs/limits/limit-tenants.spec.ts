import { expect, it } from '@jest/globals';
import type { UsageBucket } from '#contracts';
import { PriceStore, type Price } from '#core';
import type { Principal } from '#kernel';
import { limitTenants } from './limit-tenants.js';
import { MemoryLimitStore } from './memory-limit.store.js';

const principal: Principal = {
  ...{ tenantId: 'ten_1', keyId: 'key', role: 'tenant', scopes: ['*'], weight: 1, budget: null },
  plan: {
    ...{ id: 'p', name: 'P', ratePerSecond: null, burst: null, concurrency: null, softThreshold: 0.8 },
    ...{ monthlyUnits: { translate: 10 }, maxItems: null, weight: 1, retentionDays: 7, corsOrigins: [] },
  },
};
const today: UsageBucket = {
  ...{ day: '2026-12-01', start: '2026-12-01T00:00:00Z', task: 'translate', unit: 'characters' },
  ...{ amount: 10, items: 1, computeMs: 0 },
};

class NoPrices extends PriceStore {
  override list(): Promise<Price[]> {
    return Promise.resolve([]);
  }
  override add(): Promise<Price> {
    return Promise.reject(new Error('nobody asks'));
  }
}

it('counts what was used today, where the clock that measures stood still since yesterday', async () => {
  const clock = { now: () => Date.parse('2026-11-30T20:00:00Z') };
  const admission = limitTenants({
    ...{ store: new MemoryLimitStore(clock), currency: 'EUR', withoutStore: 'refuse' },
    clock,
    calendar: { now: () => Date.parse('2026-12-01T08:00:00Z') },
    // As the usage log answers: whole days, up to that of the end.
    usage: {
      report: (_, { from, to }) => {
        const at = new Date(today.start);
        return Promise.resolve(at >= from && at <= to ? [today] : []);
      },
    },
    jobs: { heldUnits: () => Promise.resolve([]) },
    prices: new NoPrices(),
    tasks: [{ id: 'translate', unit: 'characters' }],
    observer: {
      ...{ onRefusal: () => undefined, onLow: () => undefined, onOutage: () => undefined },
      onError: () => undefined,
    },
  });
  const demand = { id: 'req_1', task: 'translate', items: 1, units: 1 };
  await expect(admission.admit(principal, demand, 1_000)).rejects.toMatchObject({ code: 'quota.exceeded' });
});
