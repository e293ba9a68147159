import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { lockFolder } from './folder-lock.js';
import { PrismaClient } from './generated/client.js';
import type { Database } from './open-database.js';
import { UsageInbox, type UsageRefused } from './usage-inbox.js';
import { UsageJournal } from './usage-journal.js';
import { writeUsage } from './write-usage.js';

/** PGlite has one connection, so this bounds the queue in front of it. */
const transactionTimeoutMs = 10_000;

export interface PgliteOptions {
  onUsageRefused?: UsageRefused | undefined;
}

/**
 * A commit is in the kernel's page cache when it resolves: it survives the death of the process, not a power cut
 * (PGlite runs with fsync off). Opening took 0.8 s for an existing folder and 3 to 9 s for a new one, which runs initdb.
 */
export async function openPglite(
  dataDirectory: string,
  { onUsageRefused }: PgliteOptions = {},
): Promise<Database> {
  await mkdir(dataDirectory, { recursive: true });
  const lock = await lockFolder(dataDirectory);
  try {
    const pglite = await PGlite.create(await initialised(join(dataDirectory, 'pgdata')));
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
      transactSql: (work) =>
        pglite.transaction((transaction) =>
          work({
            script: async (sql) => {
              await transaction.exec(sql);
            },
            query: async (sql, parameters = []) =>
              (await transaction.query<Record<string, unknown>>(sql, [...parameters])).rows,
          }),
        ),
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
 * Makes the cluster if there is none. initdb that is cut short (a full disk, kill -9) leaves a folder that can never be
 * opened, so it runs beside and is renamed when done; opening twice costs a first start 0.8 s.
 */
async function initialised(folder: string): Promise<string> {
  if (existsSync(folder)) return folder;
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await (await PGlite.create(draft)).close();
  await rename(draft, folder);
  return folder;
}
