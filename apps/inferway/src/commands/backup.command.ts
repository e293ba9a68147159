import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadServeConfig } from '#config';
import { openDatabase, restoreBackup, writeBackup, type Database } from '#persistence';
import { StartupError } from '#process';
import { urlOfDatabase } from '../admin/run-admin-command.js';
import { Home } from '../serve/home.js';

export function registerBackup(program: Command): void {
  program
    .command('backup <file>')
    .description(
      'Write all rows of the database to a new file; the embedded one only while its server is stopped',
    )
    .action(async (name: string) => {
      const file = resolve(name);
      if (existsSync(file)) throw new StartupError(`${file} is there already: give another name`);
      const { rows, schema } = await withDatabase('must exist', (database) => writeBackup(database, file));
      process.stdout.write(
        `${rows} rows at migration ${schema}, in ${file}. Keep the installation's seal key apart from it: without the key, jobs and remembered replies cannot be read\n`,
      );
    });
  program
    .command('restore <file>')
    .description('Fill a new, empty database with the rows of a backup, and migrate it to this version')
    .action(async (name: string) => {
      const file = resolve(name);
      const { rows, schema } = await withDatabase('must be new', (database) => restoreBackup(database, file));
      process.stdout.write(
        `${rows} rows restored, which were at migration ${schema}. Start with the seal key of the installation that they are from\n`,
      );
    });
}

/** The Postgres of DATABASE_URL or of the cluster that runs on the home folder, or else the folder's own database. */
async function withDatabase<T>(
  condition: 'must exist' | 'must be new',
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const config = loadServeConfig();
  const home = new Home(config.home);
  const url = await urlOfDatabase(config, home);
  if (url !== undefined) return withOpen({ url }, work);
  const isThere = existsSync(home.database);
  if (condition === 'must exist' && !isThere)
    throw new StartupError(`There is no database in ${home.directory}: set INFERWAY_HOME or DATABASE_URL`);
  if (condition === 'must be new' && isThere)
    throw new StartupError(
      `There is a database in ${home.directory} already: set INFERWAY_HOME to a new folder`,
    );
  await home.lock();
  try {
    return await (isThere ? withOpen({ dataDirectory: home.database }, work) : withNew(home, work));
  } finally {
    await home.unlock();
  }
}

/** What was half restored, by a process that was killed or a disk that is full, must never be taken for a database. */
async function withNew<T>(home: Home, work: (database: Database) => Promise<T>): Promise<T> {
  const draft = `${home.database}.restoring`;
  await rm(draft, { recursive: true, force: true });
  await home.assertSpace();
  try {
    const done = await withOpen({ dataDirectory: draft, begin: 'empty' }, work);
    await rename(draft, home.database);
    return done;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function withOpen<T>(
  location: Parameters<typeof openDatabase>[0],
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(location).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`The database cannot be opened: ${reason}`, 69);
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
