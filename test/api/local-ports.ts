import { randomBytes } from 'node:crypto';
import type { GatewayPorts } from '#gateway';
import {
  keyRequest,
  tenantRequest,
  type ItemOutcome,
  type JobEnvelope,
  type JobReply,
  type UsageBucket,
} from '#contracts';
import {
  Administration,
  IdempotencyStore,
  JobQueue,
  ModelInventory,
  systemOperator,
  UsageLog,
  type QueueDepth,
  type IdempotencyStart,
  type IdempotentRequest,
  type ModelSummary,
} from '#core';
import { decodeImage } from '#inference';
import { AppError, createSeal, sealKeyBytes, systemClock } from '#kernel';
import { limitTenants, MemoryLimitStore } from '#limits';
import {
  GroupCommitUsageLog,
  openDatabase,
  PrismaInvoiceStore,
  openDirectory,
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
import { startPglite, type TestBackend } from '../../libs/testing/postgres-backends.js';

const timings = {
  queueMs: 0.1,
  batchMs: 0.2,
  encodeMs: 0.3,
  inferenceMs: 0.4,
  decodeMs: 0.5,
  computeMs: 0.4,
  paddingMs: 0,
};

/** A queue that answers at once: what the surface does with a reply is under test here, not how it is found. */
export class ImmediateQueue extends JobQueue {
  /** Jobs whose first item mentions this wait until `release` is called. */
  static readonly holdWord = '[hold]';
  readonly submitted: JobEnvelope[] = [];
  /** What it refuses every job with, while it is set. */
  refusal: AppError | undefined;
  private readonly held: (() => void)[] = [];
  private readonly onAbort: (() => void)[] = [];
  private readonly waiting: { count: number; resolve: () => void }[] = [];

  release(): void {
    for (const resume of this.held.splice(0)) resume();
  }

  /** Resolves when this many jobs have been submitted. */
  arrived(count: number): Promise<void> {
    if (this.submitted.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  /** Resolves when the next held job is aborted. */
  aborted(): Promise<void> {
    return new Promise((resolve) => this.onAbort.push(resolve));
  }

  async submit(envelope: JobEnvelope, signal: AbortSignal): Promise<JobReply> {
    if (this.refusal !== undefined) throw this.refusal;
    this.submitted.push(envelope);
    for (const { count, resolve } of this.waiting) if (this.submitted.length >= count) resolve();
    if (JSON.stringify(envelope.items[0]).includes(ImmediateQueue.holdWord)) {
      await new Promise<void>((resolve, reject) => {
        this.held.push(resolve);
        signal.addEventListener('abort', () => {
          reject(new AppError('request.cancelled'));
          for (const notify of this.onAbort.splice(0)) notify();
        });
      });
    }
    const outcomes = await Promise.all(
      envelope.items.map((item, i) => answer(envelope.task, item, envelope.models?.[i] ?? undefined)),
    );
    return { version: 1, requestId: envelope.requestId, outcomes };
  }

  backlog(): QueueDepth[] {
    return [];
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

const pairs = ['en→pt', 'pt→en'];
const imageSpec = {
  width: 224,
  height: 224,
  resize: 'centre-crop',
  cropFraction: 0.875,
  interpolation: 'bicubic',
} as const;

/** Deterministic answers of the shape each contract promises. */
async function answer(taskId: string, item: unknown, model?: string): Promise<ItemOutcome> {
  const task = tasks.find(({ id }) => id === taskId);
  if (task === undefined) throw new Error(`no task ${taskId}`);
  const input = task.item.parse(item);
  if ('target' in input && !['en', 'pt', 'pt-BR'].includes(input.target)) {
    return failed(new AppError('language.unsupported', { supported: pairs }));
  }
  if ('truncate' in input && input.text.length > 5_000) return failed(new AppError('text.too_long'));
  if (model === 'unicorns') {
    const issues = [{ path: 'model', message: `is not a model that serves ${taskId}` }];
    return failed(new AppError('request.invalid', { issues, supported: [`${taskId}-test@1`] }));
  }
  if ('iouThreshold' in input && input.labels?.includes('unicorn')) {
    const issues = [{ path: 'labels[0]', message: 'is not a label of this model' }];
    return failed(new AppError('request.invalid', { issues, supported: ['cat'] }));
  }
  if ('image' in input) {
    const refusal = await decodeImage(input.image, imageSpec).then(
      () => undefined,
      (error: unknown) => AppError.from(error),
    );
    if (refusal !== undefined) return failed(refusal);
  }
  const output = task.itemOutput.parse(outputs[task.id](input));
  return { ok: true, output, model: `${task.id}-test@1`, units: 'image' in input ? 1 : 7, timings };
}

const outputs: Record<(typeof tasks)[number]['id'], (input: object) => unknown> = {
  translate: (input) => ({ text: 'text' in input ? input.text : '', detectedSource: 'en' }),
  answer: () => ({
    answers: [{ text: 'nine', score: 0.9, contextIndex: 0, start: 68, end: 72 }],
    noAnswerScore: 0.1,
  }),
  embed: () => ({ embedding: [0.6, 0.8] }),
  'classify-image': () => ({ labels: [{ label: 'tabby', score: 0.7 }] }),
  'detect-objects': () => ({
    detections: [{ label: 'cat', score: 0.6, box: { x: 1.5, y: 0, width: 438, height: 298 } }],
  }),
  'segment-image': () => ({
    width: 4,
    height: 2,
    regions: [
      {
        label: 'nucleus',
        score: 0.9,
        box: { x: 1, y: 0, width: 2, height: 1 },
        area: 2,
        areaPercent: 25,
        rle: { size: [2, 4], counts: '21110' },
        polygons: [[1, 0, 3, 0, 3, 1, 1, 1]],
      },
    ],
    classes: [{ label: 'nucleus', regions: 1, area: 2, areaPercent: 25 }],
    simplifiedBy: 1,
  }),
};

function failed({ code, facts }: AppError): ItemOutcome {
  return { ok: false, error: { code, facts: { ...facts } }, timings };
}

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
  const usage = storesUsage ? new GroupCommitUsageLog(database) : new FixedUsage();
  const jobs = new PrismaJobStore(database, seal);
  const prices = new PrismaPriceStore(database);
  const admission = limitTenants({
    ...{ usage, jobs, prices, tasks },
    store: new MemoryLimitStore(systemClock),
    clock: systemClock,
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
