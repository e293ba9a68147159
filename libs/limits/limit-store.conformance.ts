import { describe, expect, it } from '@jest/globals';
import type { Claim, Claimed, LimitStore, Reading } from './limit.store.js';

/** A store and its time. */
export interface LimitStoreUnderTest {
  store: LimitStore;
  /** Lets time pass: virtual where it can be, else waits. */
  pass: (ms: number) => Promise<void>;
  now: () => number;
}

let claims = 0;

/** What the tests ask for unless they say otherwise: one item, no limit. */
export function claimOf(claim: Partial<Claim>): Claim {
  return {
    tenantId: `tenant-${claims}`,
    id: `req_${claims++}`,
    items: 1,
    meters: [],
    holdMs: 60_000,
    lasting: false,
    dryRun: false,
    ...claim,
  };
}

export function readingOf(claimed: Claimed): Reading {
  if (claimed.state === 'unknown') throw new Error(`unknown: ${claimed.meters.join()}`);
  return claimed.reading;
}

const quota = (amount: number, limit = 100) => ({
  name: 'quota.translate',
  period: '2026-11',
  limit,
  amount,
});
const all = { release: 'all', returnedItems: 0 } as const;

/** Name of a load that nobody else is at. */
async function begun(store: LimitStore, tenantId: string, takeOverMs = 60_000): Promise<string> {
  const load = await store.beginLoad(tenantId, 'quota.translate', takeOverMs);
  if (load === undefined) throw new Error('somebody else loads');
  return load;
}

/** The one suite that every adapter of the port passes. */
export function describeLimitStore(name: string, make: () => Promise<LimitStoreUnderTest>): void {
  describe(name, () => {
    const loaded = async (used: number) => {
      const made = await make();
      const tenantId = `loaded-${claims++}`;
      const load = { name: 'quota.translate', period: '2026-11', used, held: [] };
      await made.store.finishLoad(tenantId, await begun(made.store, tenantId), load);
      const claim = async (part: Partial<Claim>) =>
        readingOf(await made.store.claim(claimOf({ tenantId, ...part })));
      return { ...made, tenantId, claim };
    };

    it('admits a burst by items, then says how long the next ones have to wait, and admits them then', async () => {
      const { store, pass } = await make();
      const tenantId = `burst-${claims++}`;
      const ask = async (items: number) =>
        readingOf(await store.claim(claimOf({ tenantId, items, rate: { perSecond: 20, burst: 10 } })));
      expect(await ask(8)).toMatchObject({ rate: { waitMs: 0 } });
      const refused = await ask(8);
      expect(refused.refusedBy).toBe('rate');
      expect(refused.rate?.waitMs).toBeGreaterThan(200);
      expect(refused.rate?.waitMs).toBeLessThanOrEqual(300);
      await pass(refused.rate?.waitMs ?? 0);
      expect((await ask(8)).refusedBy).toBeUndefined();
    });

    it('keeps tenants apart', async () => {
      const { store } = await make();
      const rate = { perSecond: 1, burst: 1 };
      const [one, other] = [`one-${claims++}`, `other-${claims++}`];
      await store.claim(claimOf({ tenantId: one, rate }));
      expect(readingOf(await store.claim(claimOf({ tenantId: other, rate }))).refusedBy).toBeUndefined();
    });

    it('gives the rate back what was never begun', async () => {
      const { store } = await make();
      const [tenantId, rate] = [`back-${claims++}`, { perSecond: 0.001, burst: 4 }];
      await store.claim(claimOf({ tenantId, rate, items: 4 }));
      await store.settle(tenantId, 'any', { release: 'all', spent: {}, returnedItems: 3 });
      expect(readingOf(await store.claim(claimOf({ tenantId, rate, items: 3 }))).refusedBy).toBeUndefined();
      expect(readingOf(await store.claim(claimOf({ tenantId, rate }))).refusedBy).toBe('rate');
    });

    it('bounds the items in work until they are settled', async () => {
      const { store } = await make();
      const tenantId = `work-${claims++}`;
      const ask = async (items: number, id: string) =>
        readingOf(await store.claim(claimOf({ tenantId, items, id, concurrency: 8 })));
      expect((await ask(5, 'a')).refusedBy).toBeUndefined();
      expect(await ask(4, 'b')).toMatchObject({ refusedBy: 'concurrency', inWork: 5 });
      expect((await ask(3, 'c')).inWork).toBe(8);
      await store.settle(tenantId, 'a', { ...all, spent: {} });
      expect((await ask(5, 'd')).refusedBy).toBeUndefined();
    });

    it('frees what a killed process held when its lease is over, and no other', async () => {
      const { store, pass } = await make();
      const tenantId = `lease-${claims++}`;
      const ask = async (holdMs: number) =>
        readingOf(await store.claim(claimOf({ tenantId, concurrency: 3, holdMs })));
      for (const holdMs of [60_000, 100, 60_000]) await ask(holdMs);
      expect((await ask(1)).refusedBy).toBe('concurrency');
      await pass(110);
      expect((await ask(100)).refusedBy).toBeUndefined();
      expect((await ask(1)).refusedBy).toBe('concurrency');
      await pass(110);
      expect((await ask(1)).refusedBy).toBeUndefined();
    });

    it('takes nothing where one of several limits refuses', async () => {
      const { claim } = await loaded(90);
      const both = { rate: { perSecond: 0.001, burst: 2 }, concurrency: 2, meters: [quota(20)] };
      expect((await claim(both)).refusedBy).toBe('quota.translate');
      expect(await claim({ ...both, items: 2, meters: [quota(10)] })).not.toHaveProperty('refusedBy');
    });

    it('a repeated claim under one id holds once', async () => {
      const { claim } = await loaded(0);
      const same = {
        id: 'req_same',
        concurrency: 10,
        rate: { perSecond: 0.001, burst: 1 },
        meters: [quota(60)],
      };
      await claim(same);
      expect(await claim(same)).toMatchObject({ inWork: 1, meters: [{ held: 60 }] });
    });

    it('holds an upper bound and settles to what was really used', async () => {
      const { store, tenantId, claim } = await loaded(50);
      await claim({ id: 'req_a', meters: [quota(50)] });
      expect((await claim({ meters: [quota(1)] })).refusedBy).toBe('quota.translate');
      await store.settle(tenantId, 'req_a', { ...all, spent: { 'quota.translate': 10 } });
      expect(await claim({ dryRun: true, meters: [quota(40)] })).toMatchObject({
        meters: [{ used: 60, held: 0 }],
      });
    });

    it('gives back what failed work held', async () => {
      const { store, tenantId, claim } = await loaded(0);
      await claim({ id: 'req_a', meters: [quota(100)] });
      await store.settle(tenantId, 'req_a', { ...all, spent: {} });
      expect((await claim({ meters: [quota(100)] })).refusedBy).toBeUndefined();
    });

    it('settles a job piece by piece, and forgets it when nothing of it is held', async () => {
      const { store, tenantId, claim } = await loaded(0);
      await claim({ id: 'job_a', lasting: true, meters: [quota(100)] });
      const piece = {
        returnedItems: 0,
        release: { 'quota.translate': 40 },
        spent: { 'quota.translate': 35 },
      };
      await store.settle(tenantId, 'job_a', piece);
      const peek = () => claim({ id: 'peek', dryRun: true, meters: [quota(0)] });
      expect(await peek()).toMatchObject({ meters: [{ used: 35, held: 60 }] });
      await store.settle(tenantId, 'job_a', { ...piece, release: { 'quota.translate': 60 } });
      expect(await peek()).toMatchObject({ meters: [{ used: 70, held: 0 }] });
      await claim({ id: 'job_a', lasting: true, meters: [quota(10)] });
      expect(await peek()).toMatchObject({ meters: [{ held: 10 }] });
    });

    it('a meter that is only read refuses nothing, however much of it is used', async () => {
      const { claim } = await loaded(1_000);
      const reading = await claim({ dryRun: true, meters: [quota(0)] });
      expect(reading).toMatchObject({ meters: [{ used: 1_000 }] });
      expect(reading.refusedBy).toBeUndefined();
    });

    it('a dry run takes nothing', async () => {
      const { claim } = await loaded(0);
      const dry = { dryRun: true, rate: { perSecond: 1, burst: 1 }, concurrency: 1, meters: [quota(100)] };
      expect((await claim(dry)).refusedBy).toBeUndefined();
      expect(await claim(dry)).toMatchObject({ inWork: 0, rate: { remaining: 1 }, meters: [{ held: 0 }] });
    });

    it('knows no meter before it is loaded, nor in its next period', async () => {
      const { store, tenantId, claim } = await loaded(5);
      await claim({ meters: [quota(1)] });
      const december = claimOf({ tenantId, meters: [{ ...quota(1), period: '2026-12' }] });
      expect(await store.claim(december)).toEqual({ state: 'unknown', meters: ['quota.translate'] });
    });

    it('loses nothing that is settled while a load reads, and counts it twice at most', async () => {
      const { store, tenantId, claim } = await loaded(0);
      await claim({ id: 'req_a', meters: [quota(30)] });
      const id = await begun(store, tenantId);
      expect(await store.beginLoad(tenantId, 'quota.translate', 60_000)).toBeUndefined();
      await store.settle(tenantId, 'req_a', { ...all, spent: { 'quota.translate': 30 } });
      const load = { name: 'quota.translate', period: '2026-11', used: 7, held: [] };
      await store.finishLoad(tenantId, id, load);
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 37 }] });
      await store.finishLoad(tenantId, id, { ...load, used: 0 });
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 37 }] });
    });

    it('a load that was taken over changes nothing, neither before the one that took over ends nor after', async () => {
      const { store, pass, tenantId, claim } = await loaded(5);
      const read = { name: 'quota.translate', period: '2026-11', used: 0, held: [] };
      const late = await begun(store, tenantId);
      await store.settle(tenantId, 'req_a', { ...all, spent: { 'quota.translate': 30 } });
      await pass(2);
      const load = await begun(store, tenantId, 0);
      await store.finishLoad(tenantId, late, read);
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 35 }] });
      await store.finishLoad(tenantId, load, { ...read, used: 37 });
      await store.finishLoad(tenantId, late, read);
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 37 }] });
      const next = await begun(store, tenantId);
      await store.finishLoad(tenantId, late, read);
      await store.finishLoad(tenantId, load, read);
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 37 }] });
      await store.finishLoad(tenantId, next, { ...read, used: 40 });
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ used: 40 }] });
    });

    it('a load takes what jobs hold from the jobs that there are', async () => {
      const { store, now, pass, tenantId, claim } = await loaded(0);
      await claim({ id: 'job_gone', lasting: true, meters: [quota(10)] });
      await claim({ id: 'req_a', meters: [quota(7)] });
      await pass(2);
      const load = await begun(store, tenantId);
      await pass(2);
      await claim({ id: 'job_new', lasting: true, meters: [quota(20)] });
      const held = [{ id: 'job_open', amount: 33, expiresAt: now() + 60_000 }];
      await store.finishLoad(tenantId, load, { name: 'quota.translate', period: '2026-11', used: 0, held });
      expect(await claim({ dryRun: true, meters: [quota(0)] })).toMatchObject({ meters: [{ held: 60 }] });
    });
  });
}
