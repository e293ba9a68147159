import { describe, expect, it } from '@jest/globals';
import type { Demand, LimitStanding, Price } from '#core';
import { AppError, type Plan, type Principal } from '#kernel';
import { LimitStore } from './limit.store.js';
import { MemoryLimitStore } from './memory-limit.store.js';
import { PlanAdmission, type PlanAdmissionOptions } from './plan-admission.js';

/** The last second of a month: quotas begin anew one second later. */
const lastSecond = Date.UTC(2026, 10, 30, 23, 59, 59);

class VirtualClock {
  nowMs = lastSecond;
  now = () => this.nowMs;
}

const unlimited: Plan = {
  id: 'p',
  name: 'P',
  ratePerSecond: null,
  burst: null,
  concurrency: null,
  monthlyUnits: {},
  softThreshold: 0.8,
  maxItems: null,
  weight: 1,
  retentionDays: 7,
  corsOrigins: [],
};
const price = (model: string | null, priceMicros: number): Price => ({
  ...{ id: model ?? 'any', task: 'translate', model, priceMicros, perUnits: 1, currency: 'EUR' },
  validFrom: new Date(0),
  createdAt: new Date(0),
});
const prices = [price(null, 10), price('cheap', 4)];

const who = (limits: Partial<Plan>, tenantId = 'ten_1', budget: number | null = null): Principal => ({
  tenantId,
  keyId: 'key',
  role: 'tenant',
  scopes: ['*'],
  weight: 1,
  plan: { ...unlimited, ...limits },
  budget,
});
let demands = 0;
const want = (units: number, items = 1): Demand => ({
  id: `req_${++demands}`,
  task: 'translate',
  items,
  units,
});

function make(options: Partial<PlanAdmissionOptions> = {}) {
  const clock = new VirtualClock();
  const seen: string[] = [];
  let reads = 0;
  const admission = new PlanAdmission({
    store: new MemoryLimitStore(clock),
    calendar: clock,
    read: () => {
      reads++;
      return Promise.resolve({ used: 0, held: [] });
    },
    unitOf: () => 'characters',
    prices: { current: () => Promise.resolve(prices) },
    currency: 'EUR',
    withoutStore: 'refuse',
    observer: {
      onRefusal: (limit) => seen.push(`refused ${limit}`),
      onLow: ({ limit }) => seen.push(`low ${limit}`),
      onOutage: (outcome) => seen.push(outcome),
      onError: () => seen.push('error'),
    },
    ...options,
  });
  return { admission, clock, seen, reads: () => reads };
}

const code = (error: unknown) => AppError.from(error).code;

/** Every call fails, as Redis does while it is away. */
class BrokenStore extends LimitStore {
  override claim = () => Promise.reject(new AppError('limits.unavailable'));
  override settle = () => Promise.reject(new AppError('limits.unavailable'));
  override beginLoad = () => Promise.reject(new AppError('limits.unavailable'));
  override finishLoad = () => Promise.reject(new AppError('limits.unavailable'));
}

describe('PlanAdmission', () => {
  it('asks no store for a tenant without limits, nor for a task without a quota', async () => {
    const { admission } = make({ store: new BrokenStore() });
    await admission.admit(who({}), want(10), 1_000);
    await admission.admit(who({ monthlyUnits: { embed: 1 } }), want(10), 1_000);
    await expect(admission.admit(who({ concurrency: 1 }), want(10), 1_000)).rejects.toMatchObject({
      code: 'limits.unavailable',
    });
  });

  it('a new month begins with a full quota, whatever the last one left', async () => {
    const { admission, clock } = make();
    const tenant = who({ monthlyUnits: { translate: 100 } });
    (await admission.admit(tenant, want(100), 1_000)).settle([{ model: 'm@1', units: 100 }]);
    const refused = await admission.admit(tenant, want(1), 1_000).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 'quota.exceeded',
      message: '1 characters are asked for and 0 of 100 are left until 2026-12-01 (UTC)',
    });
    clock.nowMs += 1_000;
    await admission.admit(tenant, want(100), 1_000);
  });

  it('says that a quota is used up rather than to slow down, where both are so', async () => {
    const { admission } = make();
    const tenant = who({ ratePerSecond: 1, burst: 1, monthlyUnits: { translate: 5 } });
    await admission.admit(tenant, want(5), 1_000);
    await expect(admission.admit(tenant, want(5), 1_000)).rejects.toMatchObject({ code: 'quota.exceeded' });
  });

  it('tells of a soft threshold once for each tenant and month, and refuses nothing by it', async () => {
    const { admission, seen, clock } = make();
    const tenant = who({ monthlyUnits: { translate: 100 } });
    for (let i = 0; i < 10; i++)
      (await admission.admit(tenant, want(10), 1_000)).settle([{ model: 'm@1', units: 10 }]);
    expect(seen).toEqual(['low quota.translate']);
    await admission.admit(who({ monthlyUnits: { translate: 100 } }, 'ten_2'), want(90), 1_000);
    clock.nowMs += 1_000;
    await admission.admit(tenant, want(90), 1_000);
    expect(seen).toHaveLength(3);
  });

  it('counters out of reach refuse or admit as the installation chose, and every one is told of', async () => {
    const tenant = who({ ratePerSecond: 1, burst: 1 });
    const closed = make({ store: new BrokenStore() });
    await expect(closed.admission.admit(tenant, want(1), 1_000)).rejects.toMatchObject({
      code: 'limits.unavailable',
    });
    expect(closed.seen).toEqual(['refused']);
    const open = make({ store: new BrokenStore(), withoutStore: 'admit' });
    (await open.admission.admit(tenant, want(1), 1_000)).settle([]);
    expect(open.seen).toEqual(['admitted']);
  });

  it('a usage log that cannot be read is an outage of the limits too, and the next claim reads again', async () => {
    let away = true;
    const { admission, clock } = make({
      read: () =>
        away ? Promise.reject(new AppError('overloaded')) : Promise.resolve({ used: 7, held: [] }),
    });
    const tenant = who({ monthlyUnits: { translate: 10 } });
    await expect(admission.admit(tenant, want(1), 1_000)).rejects.toMatchObject({
      code: 'limits.unavailable',
    });
    away = false;
    clock.nowMs += 5_000;
    await expect(admission.admit(tenant, want(4), 1_000)).rejects.toMatchObject({ code: 'quota.exceeded' });
  });

  it('loads a meter once for however many ask, and again when it is old, behind the request', async () => {
    const { admission, reads, clock } = make();
    clock.nowMs -= 3_600_000;
    const tenant = who({ monthlyUnits: { translate: 1_000 } });
    await Promise.all(Array.from({ length: 20 }, () => admission.admit(tenant, want(1), 1e9)));
    expect(reads()).toBe(1);
    clock.nowMs += 11 * 60_000;
    await admission.admit(tenant, want(1), 1_000);
    await new Promise(setImmediate);
    expect(reads()).toBe(2);
  });

  it('a settlement that was lost is made up for by the next load', async () => {
    let used = 0;
    const { admission, clock } = make({ read: () => Promise.resolve({ used, held: [] }) });
    clock.nowMs -= 3_600_000;
    const tenant = who({ monthlyUnits: { translate: 100 } });
    await admission.admit(tenant, want(60), 1_000);
    used = 60;
    clock.nowMs += 2_000;
    await admission.admit(tenant, want(1), 1_000);
    clock.nowMs += 11 * 60_000;
    await admission.admit(tenant, want(1), 1_000);
    await new Promise(setImmediate);
    const error: unknown = await admission.admit(tenant, want(60), 1_000).catch((thrown: unknown) => thrown);
    expect(code(error)).toBe('quota.exceeded');
  });

  it('a budget holds what the dearest model would cost and is charged what the one that answered does', async () => {
    const { admission } = make();
    const tenant = who({}, 'ten_1', 1_000);
    const left = async () => (await admission.estimate(tenant)).standings.map(({ remaining }) => remaining);
    const grant = await admission.admit(tenant, want(60), 1_000);
    expect(await left()).toEqual([400]);
    const error: unknown = await admission.admit(tenant, want(41), 1_000).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'quota.exceeded',
      facts: { limit: { name: 'budget', value: 1_000, unit: 'micro-EUR' } },
    });
    grant.settle([
      { model: 'cheap@2', units: 50 },
      { model: 'other@1', units: 10 },
    ]);
    expect(await left()).toEqual([1_000 - 50 * 4 - 10 * 10]);
  });

  it('a job holds its part of a budget, and gives back as its inputs are settled', async () => {
    const { admission } = make();
    const tenant = who({ ratePerSecond: 1, burst: 1, concurrency: 1 }, 'ten_1', 1_000);
    const left = async () => (await admission.estimate(tenant)).standings.at(-1)?.remaining;
    expect(await admission.admitJob(tenant, { ...want(100, 50), id: 'job_1' }, 1_000)).toBe(true);
    expect(await left()).toBe(0);
    admission.settleInputs({ tenantId: 'ten_1', id: 'job_1', task: 'translate' }, 40, [
      { model: 'cheap@1', units: 40 },
    ]);
    await new Promise(setImmediate);
    expect(await left()).toBe(400 - 40 * 4);
    admission.endJob('ten_1', 'job_1');
    expect(await left()).toBe(1_000 - 40 * 4);
  });

  it('a quota is settled for jobs also where a price was mistyped so far that no number holds a cost', async () => {
    const mistyped = [price(null, Number.MAX_SAFE_INTEGER)];
    const { admission } = make({ prices: { current: () => Promise.resolve(mistyped) } });
    const tenant = who({ monthlyUnits: { translate: 1_000 } });
    const left = async () => (await admission.estimate(tenant)).standings.at(-1)?.remaining;
    await admission.admitJob(tenant, { ...want(100, 50), id: 'job_1' }, 1_000);
    admission.settleInputs({ tenantId: 'ten_1', id: 'job_1', task: 'translate' }, 100, [
      { model: 'cheap@1', units: 40 },
    ]);
    await new Promise(setImmediate);
    expect(await left()).toBe(1_000 - 40);
  });

  it.each([
    ['its own bound', { maxItems: 3 }],
    ['its burst', { ratePerSecond: 1, burst: 3 }],
    ['its concurrency', { concurrency: 3 }],
  ])('a plan refuses a request that %s could never admit', async (_, limits) => {
    const { admission } = make();
    await expect(admission.admit(who(limits), want(1, 4), 1_000)).rejects.toMatchObject({
      code: 'request.invalid',
      facts: { limit: { name: 'items', value: 3 } },
    });
    await admission.admit(who(limits), want(1, 3), 1_000);
  });

  it('estimates without taking, with the refusal that would come', async () => {
    const { admission } = make();
    const tenant = who({
      ratePerSecond: 1,
      burst: 8,
      monthlyUnits: { translate: 50, embed: 9 },
      maxItems: 6,
    });
    const names = (standings: readonly LimitStanding[]) =>
      standings.map(({ name, remaining }) => `${name} ${remaining}`);
    for (let i = 0; i < 3; i++) {
      const { standings, refusal } = await admission.estimate(tenant, want(51, 2));
      expect(names(standings)).toEqual(['rate 8', 'quota.translate 50', 'quota.embed 9']);
      expect(refusal).toMatchObject({ code: 'quota.exceeded' });
    }
    expect((await admission.estimate(tenant, want(1, 7))).refusal).toMatchObject({ code: 'request.invalid' });
    expect((await admission.estimate(tenant, want(1, 6))).refusal).toBeUndefined();
    await admission.admit(tenant, want(50, 6), 1_000);
  });

  it('estimates a job by quota and budget alone, however many items it has', async () => {
    const { admission } = make();
    const tenant = who({
      ratePerSecond: 1,
      burst: 8,
      concurrency: 2,
      monthlyUnits: { translate: 50 },
      maxItems: 6,
    });
    const { standings, refusal } = await admission.estimate(tenant, want(50, 40), 'job');
    expect(standings.at(-1)).toMatchObject({ name: 'quota.translate', remaining: 50 });
    expect(refusal).toBeUndefined();
    const tooMuch = await admission.estimate(tenant, want(51, 40), 'job');
    expect(tooMuch.refusal).toMatchObject({ code: 'quota.exceeded' });
  });
});
