import type { Server } from 'node:net';
import type { ServeConfig } from '#config';
import { createGateway, listen, observeBacklog, observeLimits } from '#gateway';
import { systemClock, wallClock } from '#kernel';
import { limitTenants, MemoryLimitStore } from '#limits';
import { assertPortFree, Cleanup, version } from '#process';
import { InProcessJobQueue } from '#queue';
import { SharpContactSheet, SharpInspectionDrawing } from '#reports';
import { releaseWindowMs } from '#scheduling';
import { tasks } from '#tasks';
import { createLogger, startTelemetry } from '#telemetry';
import { FfmpegVideoReader } from '#video';
import { HttpWebhookSender } from '#webhooks';
import { startEngines } from '#worker';
import { adminCommands } from '../admin/admin-commands.js';
import { serveAdminSocket } from '../admin/admin-socket.js';
import { adminUseCases } from '../admin/admin-use-cases.js';
import { firstStart, type Credentials } from './first-start.js';
import { Home } from './home.js';
import { openInstallation } from './installation.js';
import { releaseStartMemory } from './release-start-memory.js';

/** A running one-process installation. */
export interface RunningServer {
  credentials: Credentials;
  home: string;
  /** Takes no new work, finishes what is under way within the configured time, and releases the home folder. */
  close(): Promise<void>;
}

/**
 * The one-process composition: gateway, in-process queue, worker, engine hosts and database under one roof.
 * Whatever was started is stopped again when a later step fails.
 *
 * @throws StartupError in one line for what an operator can mend
 */
export async function serve(config: ServeConfig): Promise<RunningServer> {
  const cleanup = new Cleanup();
  try {
    return await start(config, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(config: ServeConfig, cleanup: Cleanup): Promise<RunningServer> {
  const home = new Home(config.home);
  const { adminSocket } = home;
  await home.lock();
  cleanup.add(() => home.unlock());
  // After the lock: of two servers on one folder and port, it is the folder that the second is to be told of.
  await assertPortFree(config.http);
  const logger = createLogger({ name: 'inferway', level: config.logLevel });
  const telemetry = startTelemetry(config.telemetry, { name: 'inferway', version }, logger);
  cleanup.add(() => telemetry.close());

  // Side by side: PGlite and the engines' warm-up are the two slow parts of a start.
  const opened = openInstallation(config, home, (row, reason) => {
    logger.error({ row, reason }, 'the database refused a row of usage, which is set aside in its journal');
  });
  cleanup.add(async () => (await opened).close());
  const { maxBacklogMs, shutdownTimeoutMs } = config;
  const clocks = { clock: systemClock, calendar: wallClock };
  const options = { engines: config.engines, shutdownTimeoutMs, ...clocks, telemetry, logger };
  const [stores, { handler, models, engines }] = await settleAll(
    opened,
    opened.then(({ usage }) => startEngines({ ...options, usage }, cleanup)),
  );
  const {
    directory,
    usage,
    books,
    invoices,
    prices,
    idempotency,
    jobs,
    jobWork,
    webhooks,
    profiles,
    videos,
  } = stores;
  const queue = new InProcessJobQueue({
    clock: systemClock,
    windowMs: releaseWindowMs * engines,
    maxWaitingMs: maxBacklogMs * engines,
    engines,
  });
  queue.consume(handler);
  observeBacklog(telemetry, queue, tasks);
  telemetry.observe('usagePending', () => usage.pendingRows);
  cleanup.add(() => queue.close(systemClock.now() + shutdownTimeoutMs));

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
      ...{ queue, admission, idempotency, directory, usage, books, invoices, prices, models },
      ...{ jobs, jobWork, webhooks, webhookSender, profiles, videos },
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
  releaseStartMemory();
  const url = await listen(gateway, config.http);
  const manage = adminUseCases(stores, config);
  const socket = await serveAdminSocket(adminSocket, adminCommands(manage));
  cleanup.add(() => closeSocket(socket));
  const credentials = await firstStart(home, manage.administration, url);
  return { credentials, home: config.home, close: () => cleanup.run() };
}

/** Waits for both, so that a failure of one leaves nothing half-started behind the other's back. */
async function settleAll<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

function closeSocket(socket: Server): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => {
      resolve();
    });
  });
}
