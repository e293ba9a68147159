import { randomBytes } from 'node:crypto';
import type { GatewayPorts } from '#gateway';
import { keyRequest, tenantRequest, type UsageBucket } from '#contracts';
import {
  Administration,
  IdempotencyStore,
  ModelInventory,
  systemOperator,
  UsageLog,
  type IdempotencyStart,
  type IdempotentRequest,
  type ModelSummary,
} from '#core';
import { createSeal, sealKeyBytes, systemClock, wallClock } from '#kernel';
import { limitTenants, MemoryLimitStore } from '#limits';
import {
  openDatabase,
  PrismaInvoiceStore,
  openDirectory,
  openUsageLog,
  PrismaJobStore,
  PrismaJobWorkStore,
  PrismaPriceStore,
  PrismaProfileStore,
  PrismaUsageBooks,
  PrismaVideoStore,
  PrismaWebhookStore,
} from '#persistence';
import { SharpContactSheet, SharpInspectionDrawing } from '#reports';
import { tasks } from '#tasks';
import { testFfmpeg } from '#testing';
import { FfmpegVideoReader } from '#video';
import { HttpWebhookSender } from '#webhooks';
import { ImmediateQueue } from './immediate-queue.js';
import { startPglite, type TestBackend } from '../../libs/testing/postgres-backends.js';

class MemoryIdempotency extends IdempotencyStore {
  private readonly seen = new Map<string, IdempotentRequest & { reply?: unknown }>();
  begin(request: IdempotentRequest): Promise<IdempotencyStart> {
    const id = `${request.tenantId} ${request.key}`;
    const earlier = this.seen.get(id);
    if (earlier === undefined) {
      this.seen.set(id, request);
      return Promise.resolve({ state: 'started', requestId: request.requestId });
    }
    const { requestId, reply } = earlier;
    if (!Buffer.from(earlier.bodyHash).equals(request.bodyHash))
      return Promise.resolve({ state: 'mismatch' });
    if (reply === undefined) return Promise.resolve({ state: 'in_flight', retryAfterS: 1 });
    return Promise.resolve({ state: 'replay', requestId, reply });
  }
  complete(tenantId: string, key: string, reply: unknown): Promise<void> {
    const id = `${tenantId} ${key}`;
    const earlier = this.seen.get(id);
    if (earlier !== undefined) this.seen.set(id, { ...earlier, reply });
    return Promise.resolve();
  }
  abandon(tenantId: string, key: string): Promise<void> {
    this.seen.delete(`${tenantId} ${key}`);
    return Promise.resolve();
  }
  purge(): Promise<number> {
    return Promise.resolve(0);
  }
}

/** Units that every tenant has used, of any task. */
export const usedBefore = 3_000_000_000;

class FixedUsage extends UsageLog {
  record(): Promise<void> {
    return Promise.resolve();
  }
  report(): Promise<UsageBucket[]> {
    const bucket = { task: 'translate', unit: 'characters', amount: usedBefore, items: 2 } as const;
    return Promise.resolve([
      { day: '2026-11-23', start: '2026-11-23T00:00:00.000Z', ...bucket, computeMs: 1.5 },
    ]);
  }
}

/** One model; `warm` is set by the test. */
export class FixedInventory extends ModelInventory {
  warm = true;
  list(): ModelSummary[] {
    const languages = { source: 'en', target: 'pt' };
    return [{ model: 'en-pt@1', task: 'translate', description: 'd', licence: 'MPL-2.0', languages }];
  }
  ready(): boolean {
    return this.warm;
  }
}

export interface LocalPortsOptions {
  /** Keeps what was used in the database, in place of one fixed answer. */
  storesUsage?: boolean;
  /** PGlite without it. */
  backend?: TestBackend;
}

/** Ports that live in this process, jobs in a database of their own, and the keys that the cases need. */
export async function localPorts({ storesUsage = false, backend }: LocalPortsOptions = {}) {
  const databases = await (backend?.start ?? startPglite)();
  const database = await openDatabase(await databases.migrated());
  const seal = createSeal(randomBytes(sealKeyBytes));
  const directory = openDirectory(database);
  const administration = new Administration(
    directory,
    systemClock,
    tasks.map(({ id }) => id),
  );
  const newTenant = (name: string) =>
    administration.tenants.create(systemOperator, tenantRequest.parse({ name }));
  const newKey = async (tenantId: string, role: 'tenant' | 'admin') =>
    (await administration.keys.create(systemOperator, keyRequest.parse({ tenantId, role }))).text;
  const tenant = await newTenant('test');
  const other = await newTenant('other');
  const queue = new ImmediateQueue();
  const models = new FixedInventory();
  const usage = storesUsage ? openUsageLog(database) : new FixedUsage();
  const jobs = new PrismaJobStore(database, seal);
  const prices = new PrismaPriceStore(database);
  const admission = limitTenants({
    ...{ usage, jobs, prices, tasks },
    store: new MemoryLimitStore(systemClock),
    clock: systemClock,
    calendar: systemClock,
    currency: 'EUR',
    withoutStore: 'refuse',
    observer: {
      onRefusal: () => undefined,
      onLow: () => undefined,
      onOutage: () => undefined,
      onError: () => undefined,
    },
  });
  const ports: GatewayPorts = {
    queue,
    admission,
    models,
    directory,
    idempotency: new MemoryIdempotency(),
    books: new PrismaUsageBooks(database),
    invoices: new PrismaInvoiceStore(database),
    prices,
    usage,
    jobs,
    jobWork: new PrismaJobWorkStore(database, seal),
    webhooks: new PrismaWebhookStore(database, seal),
    webhookSender: new HttpWebhookSender({ trustedHosts: ['127.0.0.1'], userAgent: 'inferway/test' }),
    profiles: new PrismaProfileStore(database),
    drawing: new SharpInspectionDrawing(),
    videos: new PrismaVideoStore(database, seal),
    videoReader: new FfmpegVideoReader({ ffmpeg: testFfmpeg(), folder: '/dev/shm' }),
    contactSheet: new SharpContactSheet(),
    clock: systemClock,
    calendar: wallClock,
  };
  return {
    ports,
    queue,
    models,
    database,
    administration,
    tenantId: tenant.id,
    otherTenantId: other.id,
    key: await newKey(tenant.id, 'tenant'),
    otherKey: await newKey(other.id, 'tenant'),
    adminKey: await newKey(other.id, 'admin'),
    stop: async () => {
      await database.close();
      await databases.stop();
    },
  };
}
