import { inspect } from 'node:util';
import {
  migrate,
  openDatabase,
  openDirectory,
  openUsageLog,
  PrismaIdempotencyStore,
  PrismaInvoiceStore,
  PrismaJobStore,
  PrismaJobWorkStore,
  PrismaPriceStore,
  PrismaProfileStore,
  PrismaUsageBooks,
  PrismaVideoStore,
  PrismaWebhookStore,
  type Database,
  type DatabaseLocation,
  type UsageRefused,
} from '#persistence';
import type { Directory } from '#core';
import { createSeal } from '#kernel';
import type { ServeConfig } from '#config';
import { explainSystemError, isSystemError, StartupError } from '#process';
import type { Home } from './home.js';

/** The stores of an installation, opened and migrated. */
export interface Installation {
  directory: Directory;
  books: PrismaUsageBooks;
  invoices: PrismaInvoiceStore;
  prices: PrismaPriceStore;
  usage: ReturnType<typeof openUsageLog>;
  idempotency: PrismaIdempotencyStore;
  jobs: PrismaJobStore;
  jobWork: PrismaJobWorkStore;
  webhooks: PrismaWebhookStore;
  profiles: PrismaProfileStore;
  videos: PrismaVideoStore;
  close(): Promise<void>;
}

/**
 * @param home held by this process
 * @throws StartupError in one line when the database is out of reach, or there is no space for it
 */
export async function openInstallation(
  config: ServeConfig,
  home: Home,
  onUsageRefused?: UsageRefused,
): Promise<Installation> {
  const { databaseUrl } = config;
  if (databaseUrl === undefined) await home.assertSpace();
  const location =
    databaseUrl === undefined ? { dataDirectory: home.database, onUsageRefused } : { url: databaseUrl };
  const database = await openMigrated(location);
  const usage = openUsageLog(database);
  const seal = createSeal(await home.sealKey());
  return {
    directory: openDirectory(database),
    invoices: new PrismaInvoiceStore(database),
    books: new PrismaUsageBooks(database),
    prices: new PrismaPriceStore(database),
    usage,
    idempotency: new PrismaIdempotencyStore(database, seal),
    jobs: new PrismaJobStore(database, seal),
    jobWork: new PrismaJobWorkStore(database, seal),
    webhooks: new PrismaWebhookStore(database, seal),
    profiles: new PrismaProfileStore(database),
    videos: new PrismaVideoStore(database, seal),
    close: () => database.close(),
  };
}

/** A database at this version's schema. @throws StartupError in one line when it is out of reach */
export async function openMigrated(location: DatabaseLocation): Promise<Database> {
  const database = await openDatabase(location).catch((error: unknown) => {
    throw new StartupError(`The database cannot be opened: ${messageOf(error)}`, 69);
  });
  try {
    await migrate(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return inspect(error, { breakLength: Infinity });
  return isSystemError(error) ? explainSystemError(error) : error.message;
}
