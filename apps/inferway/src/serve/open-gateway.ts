import type { ServeConfig } from '#config';
import { createGateway, listen, observeBacklog, observeLimits } from '#gateway';
import { systemClock, wallClock } from '#kernel';
import { limitTenants, MemoryLimitStore } from '#limits';
import { version, type Cleanup } from '#process';
import { InProcessJobQueue } from '#queue';
import { SharpContactSheet, SharpInspectionDrawing } from '#reports';
import { releaseWindowMs } from '#scheduling';
import { tasks } from '#tasks';
import type { Logger, Telemetry } from '#telemetry';
import { FfmpegVideoReader } from '#video';
import { HttpWebhookSender } from '#webhooks';
import type { RunningEngines } from '#worker';
import type { Installation } from './installation.js';

/** What is behind the gateway, and who is told of it. */
export interface GatewayParts {
  config: ServeConfig;
  stores: Installation;
  engines: RunningEngines;
  telemetry: Telemetry;
  logger: Logger;
}

export interface OpenedGateway {
  /** Opens the port. @returns the address to call @throws StartupError when the port is taken or not ours to open */
  listen(): Promise<string>;
}

/** The in-process queue and the gateway before it. */
export async function openGateway(
  { config, stores, engines: running, telemetry, logger }: GatewayParts,
  cleanup: Cleanup,
): Promise<OpenedGateway> {
  const { usage, jobs, prices } = stores;
  const { models, engines } = running;
  const clocks = { clock: systemClock, calendar: wallClock };
  const queue = new InProcessJobQueue({
    clock: systemClock,
    windowMs: releaseWindowMs * engines,
    maxWaitingMs: config.maxBacklogMs * engines,
    engines,
  });
  queue.consume(running.handler(usage));
  observeBacklog(telemetry, queue, tasks);
  telemetry.observe('usagePending', () => usage.pendingRows);
  cleanup.add(() => queue.close(systemClock.now() + config.shutdownTimeoutMs));

  const admission = limitTenants({
    ...{ ...clocks, usage, jobs, prices, tasks },
    store: new MemoryLimitStore(systemClock),
    currency: config.billing.currency,
    withoutStore: 'refuse',
    observer: observeLimits(telemetry, logger),
  });
  const webhookSender = new HttpWebhookSender({
    trustedHosts: config.webhookTrustedHosts,
    userAgent: `inferway/${version}`,
  });
  const gateway = await createGateway({
    ports: {
      ...stores,
      ...{ queue, admission, models, webhookSender },
      drawing: new SharpInspectionDrawing(),
      videoReader: new FfmpegVideoReader(config.videos),
      contactSheet: new SharpContactSheet(),
      ...clocks,
    },
    config: { version, ...config.http, ...config.billing },
    logger,
    telemetry,
  });
  cleanup.add(() => gateway.close());
  return { listen: () => listen(gateway, config.http) };
}
