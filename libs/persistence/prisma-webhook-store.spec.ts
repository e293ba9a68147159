import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { DueDelivery } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { outcomeOf, publishJob } from './fixtures/job.js';
import { openDatabase, type Database } from './open-database.js';
import { PrismaJobStore } from './prisma-job-store.js';
import { PrismaJobWorkStore } from './prisma-job-work-store.js';
import { PrismaWebhookStore } from './prisma-webhook-store.js';
import { createSeal } from '#kernel';

const leaseMs = 60_000;
const url = 'https://receiver.example/hook?token=secret';
const event = z.object({ type: z.string(), timestamp: z.iso.datetime(), data: z.object({ id: z.string() }) });

describe.each(testBackends)('webhooks on $name', ({ start }) => {
  let databases: TestDatabases;
  let database: Database;
  let jobs: PrismaJobStore;
  let work: PrismaJobWorkStore;
  let webhooks: PrismaWebhookStore;
  let tenants = 0;
  const newTenant = () => `ten_${++tenants}`;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    const seal = createSeal(Buffer.alloc(32, 7));
    jobs = new PrismaJobStore(database, seal);
    work = new PrismaJobWorkStore(database, seal);
    webhooks = new PrismaWebhookStore(database, seal);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });

  const cancelledJob = async (tenantId: string) => {
    const id = await publishJob(jobs, { tenantId, webhook: url });
    await jobs.cancel(tenantId, id);
    return id;
  };
  const claimOne = async (): Promise<DueDelivery> => {
    const [due] = await webhooks.claimDue('a', leaseMs, 1);
    if (due === undefined) throw new Error('nothing is due');
    return due;
  };
  const settleAll = async () => {
    for (const due of await webhooks.claimDue('all', leaseMs, 100))
      await webhooks.settle('all', due, { state: 'delivered', status: 200 });
  };

  it('has one event for the end of a job, with its last counts, stored with the change', async () => {
    await settleAll();
    const tenantId = newTenant();
    const id = await publishJob(jobs, { tenantId, total: 4, webhook: url });
    for (const chunk of await work.claim('a', leaseMs, 10)) {
      expect(await webhooks.list(tenantId, { limit: 10 })).toEqual([]);
      await work.settle('a', chunk, outcomeOf(chunk));
    }
    const due = await claimOne();
    expect(due).toMatchObject({ tenantId, url, attempts: 0 });
    const body = event.parse(JSON.parse(due.body));
    expect(body).toMatchObject({ type: 'job.succeeded', data: { id } });
    expect(JSON.parse(due.body)).toMatchObject({ data: { progress: { total: 4, succeeded: 4, failed: 0 } } });
    expect(await webhooks.list(tenantId, { limit: 10 })).toHaveLength(1);
    expect(due.body).not.toMatch(/answer|secret/);
  });

  it('tells of a cancelled and of an expired job, once each, and of none without a webhook', async () => {
    await settleAll();
    const tenantId = newTenant();
    const id = await cancelledJob(tenantId);
    await jobs.cancel(tenantId, id);
    const silent = await publishJob(jobs, { tenantId });
    await jobs.cancel(tenantId, silent);
    await database.transactSql(async (session) => {
      await session.query(
        `SELECT set_config('role', 'inferway_app', true), set_config('app.tenant_id', $1, true)`,
        [tenantId],
      );
      await session.script("UPDATE jobs SET expires_at = now() - interval '1 second'");
    });
    await work.sweep();
    await work.sweep();
    const events = (await webhooks.list(tenantId, { limit: 10 })).map((each) => [each.event, each.jobId]);
    expect(events).toEqual([
      ['job.expired', id],
      ['job.cancelled', id],
    ]);
  });

  it('hands a delivery to one sender, and to another when the first one died', async () => {
    await settleAll();
    await cancelledJob(newTenant());
    const [due] = await webhooks.claimDue('dead', 1, 5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const again = await Promise.all(['b', 'c', 'd'].map((owner) => webhooks.claimDue(owner, leaseMs, 5)));
    expect(again.flat()).toEqual([due]);
  });

  it('waits before it tries again, keeps what went wrong, and takes fresh deliveries first', async () => {
    await settleAll();
    const tenantId = newTenant();
    await cancelledJob(tenantId);
    const due = await claimOne();
    const error = 'The receiver answered 500';
    await webhooks.settle('a', due, { state: 'pending', status: 500, error, retryInMs: 3_600_000 });
    expect(await webhooks.claimDue('a', leaseMs, 1)).toEqual([]);
    const [listed] = await webhooks.list(tenantId, { limit: 1 });
    expect(listed).toMatchObject({ state: 'pending', attempts: 1, lastStatus: 500, lastError: error });
    expect(listed?.nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it('keeps a dead delivery until it is replayed, under the same id and body', async () => {
    await settleAll();
    const tenantId = newTenant();
    await cancelledJob(tenantId);
    const due = await claimOne();
    await webhooks.settle('a', due, { state: 'dead', status: null, error: 'The connection was refused' });
    expect(await webhooks.claimDue('a', leaseMs, 1)).toEqual([]);
    const dead = await webhooks.list(tenantId, { state: 'dead', limit: 10 });
    expect(dead).toMatchObject([{ id: due.id, state: 'dead', url, finishedAt: expect.any(Date) }]);
    expect(await webhooks.replay(newTenant(), due.id)).toBeUndefined();
    expect(await webhooks.replay(tenantId, due.id)).toMatchObject({ state: 'pending', attempts: 0 });
    expect(await claimOne()).toEqual(due);
  });

  it('lists newest first, page by page', async () => {
    const tenantId = newTenant();
    for (let i = 0; i < 5; i++) await cancelledJob(tenantId);
    const first = await webhooks.list(tenantId, { limit: 3 });
    const second = await webhooks.list(tenantId, { limit: 3, after: first.at(-1)?.id ?? '' });
    const ids = [...first, ...second].map(({ id }) => id);
    expect(ids).toHaveLength(5);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  it('makes a secret once a tenant, and keeps the one before beside a new one', async () => {
    const tenantId = newTenant();
    const made = await Promise.all(['one', 'two'].map((fresh) => webhooks.secrets(tenantId, fresh)));
    expect(made[0]).toEqual(made[1]);
    const [first] = made;
    const validUntil = new Date('2030-01-01T00:00:00Z');
    const rotated = await webhooks.rotate(tenantId, 'three', validUntil);
    expect(rotated).toMatchObject({ secret: 'three', previous: { secret: first?.secret, validUntil } });
    expect(await webhooks.secrets(tenantId, 'four')).toEqual(rotated);
    expect((await webhooks.secrets(newTenant(), 'other')).secret).toBe('other');
    expect((await webhooks.rotate(newTenant(), 'fresh', validUntil)).previous).toBeUndefined();
  });
});
