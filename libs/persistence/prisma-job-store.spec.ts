import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { answered, chunksOf, outcomeOf, publishJob } from './fixtures/job.js';
import { addTenant } from './fixtures/tenant.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaJobWorkStore } from './prisma-job-work-store.js';
import { createSeal } from '#kernel';

const leaseMs = 60_000;
const dayMs = 86_400_000;
const unpaid = { settledUnits: 0, spent: [] };

describe.each(testBackends)('jobs on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let jobs: PrismaJobStore;
  let work: PrismaJobWorkStore;
  let tenants = 0;
  const newTenant = () => `ten_${++tenants}`;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    const seal = createSeal(Buffer.alloc(32, 7));
    jobs = new PrismaJobStore(database, seal);
    work = new PrismaJobWorkStore(database, seal);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const asRunner = (sql: string) =>
    database.transactSql(async (session) => {
      await session.script('SET LOCAL ROLE inferway_runner');
      await session.script(sql);
    });
  /** Ends every open job, so that a test meets only its own. */
  const endOthers = () =>
    asRunner(`UPDATE jobs SET status = 'cancelled' WHERE status IN ('queued', 'running')`);

  it('shows a job to nobody before it is published, and runs none that was not', async () => {
    const tenantId = newTenant();
    await endOthers();
    await jobs.open({ tenantId, id: 'job_half', keyId: 'k', task: 'translate', weight: 1, trace: {} });
    await jobs.append(tenantId, 'job_half', chunksOf(4, 2));
    expect(await jobs.find(tenantId, 'job_half')).toBeUndefined();
    expect(await jobs.list(tenantId, { limit: 10 })).toEqual([]);
    expect(await jobs.cancel(tenantId, 'job_half')).toBeUndefined();
    expect(await work.claim('a', leaseMs, 10)).toEqual([]);
    await jobs.discard(tenantId, 'job_half');
    await expect(jobs.publish(tenantId, 'job_half', { total: 4, heldUnits: null })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('opens an id once, and anew where an attempt died half-way', async () => {
    const tenantId = newTenant();
    const draft = { tenantId, id: 'job_twice', keyId: 'k', task: 'translate', weight: 1, trace: {} };
    await jobs.open(draft);
    await jobs.append(tenantId, 'job_twice', chunksOf(4, 2));
    expect(await jobs.open(draft)).toBeUndefined();
    await jobs.append(tenantId, 'job_twice', chunksOf(2, 2));
    const published = await jobs.publish(tenantId, 'job_twice', { total: 2, heldUnits: null });
    expect(published).toMatchObject({ status: 'queued', total: 2, version: 1 });
    expect(await jobs.open(draft)).toEqual(published);
  });

  it('knows what limits hold for open jobs: what was promised, less every input that has its result', async () => {
    const tenantId = newTenant();
    await endOthers();
    const jobId = await publishJob(jobs, { tenantId, heldUnits: 40 });
    await publishJob(jobs, { tenantId });
    const held = async () => (await jobs.heldUnits(tenantId, 'translate')).map(({ units }) => units);
    expect(await jobs.heldUnits(tenantId, 'translate')).toEqual([
      { jobId, task: 'translate', units: 40, expiresAt: expect.any(Date) },
    ]);
    expect(await jobs.heldUnits(tenantId)).toHaveLength(1);
    expect(await jobs.heldUnits(tenantId, 'embed')).toEqual([]);
    const [first, second, ...others] = await work.claim('a', leaseMs, 10);
    if (first === undefined || second === undefined) throw new Error('nothing to do');
    expect([first, second, ...others].map(({ holdsUnits }) => holdsUnits)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    await work.settle('a', first, { ...outcomeOf(first), settledUnits: 15 });
    expect(await held()).toEqual([25]);
    await jobs.cancel(tenantId, jobId);
    expect(await held()).toEqual([]);
  });

  it('keeps inputs, results and URLs sealed', async () => {
    const tenantId = newTenant();
    await endOthers();
    await publishJob(jobs, { tenantId, webhook: 'https://secret.example/token' });
    for (const chunk of await work.claim('a', leaseMs, 10)) await work.settle('a', chunk, outcomeOf(chunk));
    const rows = await database.transactSql(async (session) => {
      await session.script('SET LOCAL ROLE inferway_runner');
      return session.query(
        `SELECT encode(j.webhook, 'escape') AS webhook, encode(c.results, 'escape') AS results, c.inputs
         FROM jobs j JOIN job_chunks c ON c.job_id = j.id WHERE j.tenant_id = $1`,
        [tenantId],
      );
    });
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toMatch(/secret|answer/);
    expect(rows.map((row) => row['inputs'])).toEqual([null, null]);
  });

  it('hands every chunk to one of several runners, and counts each result once', async () => {
    const tenantId = newTenant();
    await endOthers();
    const id = await publishJob(jobs, { tenantId, total: 40, perChunk: 2 });
    const owners = ['a', 'b', 'c', 'd'];
    const run = async (owner: string) => {
      for (;;) {
        const claimed = await work.claim(owner, leaseMs, 3);
        if (claimed.length === 0) return;
        for (const chunk of claimed) expect(await work.settle(owner, chunk, outcomeOf(chunk))).toBe(true);
      }
    };
    await Promise.all(owners.map(run));
    await Promise.all(owners.map(run));
    const job = await jobs.find(tenantId, id);
    expect(job).toMatchObject({ status: 'succeeded', total: 40, succeeded: 40, failed: 0 });
    expect(job?.version).toBe(22);
    const results = await jobs.results(tenantId, id, { fromIndex: 0, limit: 100 });
    expect(results).toEqual(Array.from({ length: 40 }, (_, index) => answered(index)));
    expect(await jobs.results(tenantId, id, { fromIndex: 37, limit: 2 })).toEqual([
      answered(37),
      answered(38),
    ]);
  });

  it('gives the chunk of a dead runner to another when its lease is over, under the same attempt', async () => {
    const tenantId = newTenant();
    await endOthers();
    await publishJob(jobs, { tenantId, total: 2 });
    const [lost] = await work.claim('dead', 1, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [taken] = await work.claim('alive', leaseMs, 1);
    expect(taken).toEqual(lost);
    if (lost === undefined || taken === undefined) throw new Error('nothing was leased');
    expect(await work.renew('dead', leaseMs, lost)).toBe(false);
    expect(await work.settle('dead', lost, outcomeOf(lost))).toBe(false);
    expect(await work.renew('alive', leaseMs, taken)).toBe(true);
    expect(await work.settle('alive', taken, outcomeOf(taken))).toBe(true);
    expect(await work.settle('alive', taken, outcomeOf(taken))).toBe(false);
    expect(await jobs.find(tenantId, taken.jobId)).toMatchObject({ status: 'succeeded', succeeded: 2 });
  });

  it('keeps what is known of a chunk and offers the rest again, under the next attempt', async () => {
    const tenantId = newTenant();
    await endOthers();
    const id = await publishJob(jobs, { tenantId, total: 2 });
    const [first] = await work.claim('a', leaseMs, 1);
    if (first === undefined) throw new Error('nothing was leased');
    await work.settle('a', first, { ...unpaid, results: [answered(0), null], computeMs: 1, retryInMs: 0 });
    expect(await jobs.find(tenantId, id)).toMatchObject({ status: 'running', succeeded: 1 });
    expect(await jobs.results(tenantId, id, { fromIndex: 0, limit: 10 })).toEqual([answered(0)]);
    const [second] = await work.claim('a', leaseMs, 1);
    expect(second).toMatchObject({ attempt: 1, results: [answered(0), null], inputs: first.inputs });
    const error = { code: 'text.too_long', detail: 'd', retryable: false };
    if (second === undefined) throw new Error('nothing was leased');
    const results = [answered(0), { index: 1, error }];
    await work.settle('a', second, { ...unpaid, results, computeMs: 1, retryInMs: 0 });
    expect(await jobs.find(tenantId, id)).toMatchObject({ status: 'succeeded', succeeded: 1, failed: 1 });
  });

  it('takes a released chunk again after its delay, not before', async () => {
    const tenantId = newTenant();
    await endOthers();
    await publishJob(jobs, { tenantId, total: 2 });
    const [chunk] = await work.claim('a', leaseMs, 1);
    if (chunk === undefined) throw new Error('nothing was leased');
    await work.release('a', chunk, 60_000);
    expect(await work.claim('a', leaseMs, 1)).toEqual([]);
    await asRunner('UPDATE job_chunks SET available_at = now()');
    expect(await work.claim('b', leaseMs, 1)).toEqual([chunk]);
  });

  it('serves tenants by weight, whoever came first, and gives nobody credit for having been away', async () => {
    await endOthers();
    const [heavy, light] = [newTenant(), newTenant()];
    await publishJob(jobs, { tenantId: heavy, total: 400, weight: 1 });
    const served = async (count: number) => {
      const order: string[] = [];
      for (let i = 0; i < count; i++) {
        const [chunk] = await work.claim('a', leaseMs, 1);
        if (chunk === undefined) break;
        order.push(chunk.tenantId);
        await work.settle('a', chunk, outcomeOf(chunk));
      }
      return order;
    };
    await served(20);
    await publishJob(jobs, { tenantId: light, total: 100, weight: 3 });
    const order = await served(40);
    const share = order.filter((tenantId) => tenantId === light).length;
    expect(share).toBeGreaterThanOrEqual(28);
    expect(share).toBeLessThanOrEqual(32);
    expect(order.slice(0, 6)).toContain(heavy);
  });

  it('starts nothing more of a cancelled job, and keeps what was under way', async () => {
    const tenantId = newTenant();
    await endOthers();
    const id = await publishJob(jobs, { tenantId, total: 4 });
    const [chunk] = await work.claim('a', leaseMs, 1);
    if (chunk === undefined) throw new Error('nothing was leased');
    const cancelled = await jobs.cancel(tenantId, id);
    expect(cancelled).toMatchObject({ status: 'cancelled', finishedAt: expect.any(Date) });
    expect(await jobs.cancel(tenantId, id)).toEqual(cancelled);
    expect(await work.renew('a', leaseMs, chunk)).toBe(false);
    expect(await work.claim('a', leaseMs, 10)).toEqual([]);
    expect(await work.settle('a', chunk, outcomeOf(chunk))).toBe(true);
    const after = await jobs.find(tenantId, id);
    expect(after).toMatchObject({
      status: 'cancelled',
      succeeded: 2,
      version: (cancelled?.version ?? 0) + 1,
    });
  });

  it("keeps a job for its tenant's retention, then deletes inputs and results, and its trace 30 days later", async () => {
    const tenant = { id: newTenant(), retentionDays: 2 };
    await addTenant(database, tenant);
    await endOthers();
    const id = await publishJob(jobs, { tenantId: tenant.id, total: 2 });
    const job = await jobs.find(tenant.id, id);
    const keptDays = ((job?.expiresAt.getTime() ?? 0) - (job?.createdAt.getTime() ?? 0)) / dayMs;
    expect(Math.round(keptDays)).toBe(2);
    await work.sweep();
    expect(await jobs.find(tenant.id, id)).toEqual(job);
    await age(id, 3);
    expect(await work.sweep()).toBeGreaterThan(0);
    expect(await jobs.find(tenant.id, id)).toMatchObject({ status: 'expired' });
    expect(await work.claim('a', leaseMs, 10)).toEqual([]);
    expect(await jobs.results(tenant.id, id, { fromIndex: 0, limit: 10 })).toEqual([]);
    await age(id, 31);
    await work.sweep();
    expect(await jobs.find(tenant.id, id)).toBeUndefined();
  });

  /** The tenant's role may set when a job expires, as publishing it does. */
  async function age(id: string, days: number): Promise<void> {
    await database.transactSql(async (session) => {
      await session.script('SET LOCAL ROLE inferway_app');
      await session.query(`SELECT set_config('app.tenant_id', $1, true)`, [`ten_${tenants}`]);
      await session.query(
        `UPDATE jobs SET expires_at = expires_at - make_interval(days => $1) WHERE id = $2`,
        [days, id],
      );
    });
  }

  it("shows no tenant another's job, by no method", async () => {
    const [mine, other] = [newTenant(), newTenant()];
    await endOthers();
    const id = await publishJob(jobs, { tenantId: mine });
    expect(await jobs.find(other, id)).toBeUndefined();
    expect(await jobs.cancel(other, id)).toBeUndefined();
    expect(await jobs.results(other, id, { fromIndex: 0, limit: 10 })).toEqual([]);
    expect(await jobs.list(other, { limit: 10 })).toEqual([]);
    expect(await jobs.find(mine, id)).toMatchObject({ status: 'queued' });
  });

  it('lists jobs newest first, page by page', async () => {
    const tenantId = newTenant();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await publishJob(jobs, { tenantId, total: 2 }));
    const first = await jobs.list(tenantId, { limit: 3 });
    expect(first.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const last = first.at(-1);
    if (last === undefined) throw new Error('no page');
    const second = await jobs.list(tenantId, { limit: 3, after: last });
    expect(second.map(({ id }) => id)).toEqual(ids.slice(3));
  });
});
