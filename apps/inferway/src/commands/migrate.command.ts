import type { Command } from 'commander';
import { loadMigrateConfig } from '#config';
import { migrate, openDatabase, type Database } from '#persistence';
import { StartupError } from '#process';

export function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the Postgres of DATABASE_URL to the schema of this version, say what was done, exit')
    .action(async () => {
      const database = await open(loadMigrateConfig().databaseUrl);
      try {
        process.stdout.write(report(await migrate(database)));
      } finally {
        await database.close();
      }
    });
}

async function open(url: string): Promise<Database> {
  try {
    return await openDatabase({ url });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(`DATABASE_URL: the database cannot be opened: ${reason}`, 69);
  }
}

function report(applied: readonly string[]): string {
  if (applied.length === 0) return 'The database is up to date\n';
  return applied.map((name) => `Applied ${name}\n`).join('');
}
