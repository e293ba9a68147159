import { join } from 'node:path';
import { z } from 'zod';
import { loadServeConfig, type ServeConfig } from '#config';
import { openDirectory, PrismaInvoiceStore, PrismaPriceStore, PrismaUsageBooks } from '#persistence';
import { StartupError } from '#process';
import { ClusterFile } from '../cluster/cluster.file.js';
import { Home } from '../serve/home.js';
import { openInstallation, openMigrated } from '../serve/installation.js';
import { adminCommands, type AdminCommandName } from './admin-commands.js';
import { callAdminSocket, isServed } from './admin-socket.js';
import { adminUseCases, type AdminStores } from './admin-use-cases.js';

export type RunAdminCommand = (command: AdminCommandName, input: unknown) => Promise<unknown>;

/** One command. */
export function runAdminCommand(command: AdminCommandName, input: unknown): Promise<unknown> {
  return withAdmin((run) => run(command, input));
}

/**
 * Asks the server that runs on the home folder, if there is one. Without one, works on the Postgres of DATABASE_URL or
 * of the cluster that runs on the folder, beside whatever else uses it, or else on the folder's own database; it is
 * opened once for all of `work`.
 */
export async function withAdmin<T>(work: (run: RunAdminCommand) => Promise<T>): Promise<T> {
  const config = loadServeConfig();
  const home = new Home(config.home);
  const { adminSocket } = home;
  if (await isServed(adminSocket))
    return work((command, input) => callAdminSocket(adminSocket, command, input));
  try {
    const { close, ...stores } = await openStores(config, home);
    try {
      const commands = adminCommands(adminUseCases(stores, config));
      return await work((command, input) => commands[command](input));
    } finally {
      await close();
    }
  } finally {
    await home.unlock();
  }
}

async function openStores(
  config: ServeConfig,
  home: Home,
): Promise<AdminStores & { close: () => Promise<void> }> {
  const url = await urlOfDatabase(config, home);
  if (url === undefined) {
    await home.lock();
    return openInstallation(config, home);
  }
  const database = await openMigrated({ url });
  return {
    directory: openDirectory(database),
    prices: new PrismaPriceStore(database),
    books: new PrismaUsageBooks(database),
    invoices: new PrismaInvoiceStore(database),
    close: () => database.close(),
  };
}

/**
 * The Postgres of the settings, or of the cluster that runs on the folder; undefined where the database is the folder's own.
 * @throws StartupError when a server has the folder
 */
export async function urlOfDatabase({ databaseUrl }: ServeConfig, home: Home): Promise<string | undefined> {
  return databaseUrl ?? urlOfRunningCluster(home);
}

const clusterFile = z.object({ databaseUrl: z.string() });

/** Undefined when the folder is free. @throws StartupError when something else has it */
async function urlOfRunningCluster(home: Home): Promise<string | undefined> {
  try {
    await home.lock();
    await home.unlock();
    return undefined;
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    const found = clusterFile.safeParse(await new ClusterFile(join(home.directory, 'cluster.json')).read());
    if (!found.success) throw error;
    return found.data.databaseUrl;
  }
}
