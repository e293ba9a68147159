import type { Server } from 'node:net';
import type { ServeConfig } from '#config';
import { systemClock, wallClock } from '#kernel';
import { assertPortFree, Cleanup, settleAll, version } from '#process';
import { createLogger, startTelemetry } from '#telemetry';
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
  const telemetry = await startTelemetry(config.telemetry, { name: 'inferway', version }, logger);
  cleanup.add(() => telemetry.close());

  // Side by side: a start is opening PGlite, loading and composing the gateway, and the warm-up of engines, whose processes
  // are their own. So they are launched before the gateway's half of the program is loaded. Copies of graphs alone, which a
  // machine's first start makes, wait for the database: it wants the disk first, and one that is out of reach is told at once.
  const opened = openInstallation(config, home, (row, reason) => {
    logger.error({ row, reason }, 'the database refused a row of usage, which is set aside in its journal');
  });
  cleanup.add(() =>
    opened.then(
      (stores) => stores.close(),
      () => undefined,
    ),
  );
  const { engines: chosen, shutdownTimeoutMs } = config;
  const clocks = { clock: systemClock, calendar: wallClock };
  const options = { engines: chosen, beside: opened, shutdownTimeoutMs, ...clocks, telemetry, logger };
  const [stores, engines] = await settleAll(opened, startEngines(options, cleanup));
  const parts = { config, stores, engines, telemetry, logger };
  const [gateway] = await settleAll(
    import('./open-gateway.js').then(({ openGateway }) => openGateway(parts, cleanup)),
    engines.warm,
  );
  releaseStartMemory();
  const url = await gateway.listen();
  const manage = adminUseCases(stores, config);
  const socket = await serveAdminSocket(adminSocket, adminCommands(manage));
  cleanup.add(() => closeSocket(socket));
  const credentials = await firstStart(home, manage.administration, url);
  return { credentials, home: config.home, close: () => cleanup.run() };
}

function closeSocket(socket: Server): Promise<void> {
  return new Promise((resolve) => {
    socket.close(() => {
      resolve();
    });
  });
}
