#!/usr/bin/env node
import { openCluster } from '#cluster';
import { loadGatewayConfig, type GatewayConfig } from '#config';
import { limitTenants, RedisLimitStore } from '#limits';
import {
  GroupCommitUsageLog,
  openDirectory,
  PrismaIdempotencyStore,
  PrismaInvoiceStore,
  PrismaJobStore,
  PrismaJobWorkStore,
  PrismaPriceStore,
  PrismaProfileStore,
  PrismaUsageBooks,
  PrismaVideoStore,
  PrismaWebhookStore,
} from '#persistence';
import { runProgram, version, type Cleanup, type RunningProgram } from '#process';
import { openGatewayQueue } from '#queue';
import { SharpContactSheet, SharpInspectionDrawing } from '#reports';
import { clusterReleaseWindowMs } from '#scheduling';
import { tasks } from '#tasks';
import { createLogger, startTelemetry } from '#telemetry';
import { FfmpegVideoReader } from '#video';
import { HttpWebhookSender } from '#webhooks';
import { createGateway } from './create-gateway.js';
import { listen } from './listen.js';
import { observeBacklog } from './ops/observe-backlog.js';
import { observeLimits } from './ops/observe-limits.js';

await runProgram('gateway', (cleanup) => start(loadGatewayConfig(), cleanup));

/** A gateway of a cluster: authenticates, validates, submits to Redis, replies. It holds no model and no engine. */
async function start(config: GatewayConfig, cleanup: Cleanup): Promise<RunningProgram> {
  const logger = createLogger({ name: 'gateway', level: config.logLevel });
  const telemetry = await startTelemetry(config.telemetry, { name: 'inferway-gateway', version }, logger);
  cleanup.add(() => telemetry.close());
  const onError = (error: unknown) => logger.error({ err: error }, 'queue');
  const { database, redis, clock, seal, bucket } = await openCluster(config.cluster, onError, cleanup);
  telemetry.traces.useClock(clock);
  if ((await bucket?.expireByRule()) === false)
    logger.warn('the bucket has no rule that removes old payloads, and none may be made: see docs/deploy.md');
  const limits = { maxWaitingMs: config.maxBacklogMs, maxPayloadBytes: config.cluster.maxPayloadBytes };
  const entrance = await openGatewayQueue(
    { redis, clock, seal, bucket, onError, windowMs: clusterReleaseWindowMs },
    limits,
    tasks.map(({ id }) => id),
  );
  cleanup.add(() => entrance.close(clock.now() + config.shutdownTimeoutMs));
  const { queue, models } = entrance;
  observeBacklog(telemetry, queue, tasks);
  const usage = new GroupCommitUsageLog(database);
  const jobs = new PrismaJobStore(database, seal);
  const prices = new PrismaPriceStore(database);
  const admission = limitTenants({
    ...{ clock, calendar: clock, usage, jobs, prices, tasks },
    store: new RedisLimitStore(redis),
    currency: config.billing.currency,
    withoutStore: config.limitsWithoutRedis,
    observer: observeLimits(telemetry, logger),
  });
  const gateway = await createGateway({
    ports: {
      queue,
      admission,
      usage,
      jobs,
      models,
      clock,
      calendar: clock,
      idempotency: new PrismaIdempotencyStore(database, seal),
      directory: openDirectory(database),
      books: new PrismaUsageBooks(database),
      invoices: new PrismaInvoiceStore(database),
      prices,
      profiles: new PrismaProfileStore(database),
      drawing: new SharpInspectionDrawing(),
      videos: new PrismaVideoStore(database, seal),
      videoReader: new FfmpegVideoReader(config.videos),
      contactSheet: new SharpContactSheet(),
      jobWork: new PrismaJobWorkStore(database, seal),
      webhooks: new PrismaWebhookStore(database, seal),
      webhookSender: new HttpWebhookSender({
        trustedHosts: config.webhookTrustedHosts,
        userAgent: `inferway/${version}`,
      }),
    },
    config: { version, ...config.http, ...config.billing },
    logger,
    telemetry,
  });
  cleanup.add(() => gateway.close());
  const url = await listen(gateway, config.http);
  logger.info({ url }, 'ready');
  return { url };
}
