import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { lockFolder } from './folder-lock.js';
import { PrismaClient } from './generated/client.js';
import { makeCluster, makeEmptyCluster } from './new-cluster.js';
import type { Database } from './open-database.js';
import { sqlTransactions } from './pglite-sql.js';
import { UsageInbox, type UsageRefused } from './usage-inbox.js';
import { UsageJournal } from './usage-journal.js';
import { writeUsage } from './write-usage.js';

/** PGlite has one connection, so this bounds the queue in front of it. */
const transactionTimeoutMs = 10_000;

/** Postgres's default of 128 MB is touched whole at the start; what is not in it is a read from the page cache away. */
const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];
/**
 * No second, optimising compiler for WebAssembly in this process. It took 600 MB while it was at work on Postgres, left 40
 * to 70 of it in holes, and 0.8 s of CPU; transactions are a tenth faster with it after the first few hundred. Prisma's
 * compiler of queries goes without it too.
 */
const compilerFlags = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

export interface PgliteOptions {
  onUsageRefused?: UsageRefused | undefined;
  /** What a new folder holds: this program's schema where the build packed one, or nothing, as a restore wants it. */
  begin?: 'with schema' | 'empty';
}

/**
 * A commit is in the kernel's page cache when it resolves: it survives the death of the process, not a power cut
 * (PGlite runs with fsync off).
 */
export async function openPglite(
  dataDirectory: string,
  { onUsageRefused, begin = 'with schema' }: PgliteOptions = {},
): Promise<Database> {
  await mkdir(dataDirectory, { recursive: true });
  const lock = await lockFolder(dataDirectory);
  try {
    compilerFlags.forEach(setFlagsFromString);
    const make = begin === 'empty' ? makeEmptyCluster : (folder: string) => makeCluster(folder);
    const pglite = await PGlite.create(await initialised(join(dataDirectory, 'pgdata'), make), {
      startParams,
    });
    // Prisma's adapter sends times without a zone and drops the zone of what it reads.
    await pglite.exec('SET timezone = UTC');
    const prisma = new PrismaClient({
      adapter: new PrismaPGlite(pglite),
      errorFormat: 'minimal',
      transactionOptions: { maxWait: transactionTimeoutMs, timeout: transactionTimeoutMs },
    });
    const journal = new UsageJournal(join(dataDirectory, 'usage-journal.sqlite'));
    const usageInbox = new UsageInbox(journal, (rows) => writeUsage(prisma, rows), {
      onRefused: onUsageRefused,
    });
    return {
      backend: 'pglite',
      prisma,
      usageInbox,
      transactSql: sqlTransactions(pglite),
      async close() {
        await usageInbox.close();
        await prisma.$disconnect();
        await pglite.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Makes the cluster if there is none. What is cut short (a full disk, kill -9) leaves a folder that can never be opened,
 * so it is made beside and renamed when done.
 */
async function initialised(folder: string, make: (folder: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder;
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await make(draft);
  await rename(draft, folder);
  return folder;
}
