import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, startRedis, type PostgresServer } from '#local-servers';
import { openDatabase } from '#persistence';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const timeoutMs = 60_000;

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command with nothing in its environment but `settings`, as in the Job of the chart. */
function runMigrate(settings: Record<string, string>): Promise<Outcome> {
  return run([main, 'migrate'], settings);
}

function run(program: readonly string[], env: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, program, { env, timeout: timeoutMs }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** As a newer version would leave it. */
async function putAhead(url: string): Promise<void> {
  await runMigrate({ DATABASE_URL: url });
  const database = await openDatabase({ url });
  await database.transactSql((session) =>
    session.script(`UPDATE _prisma_migrations SET migration_name = '29990101000000_newer'`),
  );
  await database.close();
}

describe('inferway migrate', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, timeoutMs);
  afterAll(() => server.stop());

  it(
    'names what it applied, says the second time that nothing was to be done, and leaves a database that programs can use',
    async () => {
      const url = await server.createDatabase('fresh');
      const first = await runMigrate({ DATABASE_URL: url });
      expect(first).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^(Applied \d{14}_\w+\n)+$/),
        stderr: '',
      });
      expect(await runMigrate({ DATABASE_URL: url })).toEqual({
        code: 0,
        stdout: 'The database is up to date\n',
        stderr: '',
      });
      const database = await openDatabase({ url });
      expect(await database.prisma.tenant.findFirst()).toBeNull();
      await database.close();
    },
    timeoutMs,
  );

  it(
    'refuses a database of a newer version in one line, and changes nothing',
    async () => {
      const url = await server.createDatabase('ahead');
      await putAhead(url);
      expect(await runMigrate({ DATABASE_URL: url })).toEqual({
        code: 78,
        stdout: '',
        stderr: expect.stringMatching(/^inferway: The database is ahead .*29990101000000_newer.*\n$/),
      });
    },
    timeoutMs,
  );

  it(
    'a gateway and a worker refuse such a database in the same line',
    async () => {
      const url = await server.createDatabase('too-new');
      const redis = await startRedis();
      await putAhead(url);
      const sealKey = randomBytes(32).toString('base64');
      const settings = { DATABASE_URL: url, REDIS_URL: redis.url, SEAL_KEY: sealKey, PORT: '0' };
      for (const role of ['gateway', 'worker']) {
        const outcome = await run([join('dist', 'apps', role, 'src', 'main.js')], {
          ...settings,
          LOG_LEVEL: 'error',
        });
        expect(outcome).toMatchObject({
          code: 78,
          stderr: expect.stringMatching(
            new RegExp(`^${role}: The database is ahead .*29990101000000_newer.*\\n$`),
          ),
        });
      }
      await redis.stop();
    },
    timeoutMs,
  );

  it(
    'says in one line that no database was named (78) or that it does not answer (69)',
    async () => {
      expect(await runMigrate({})).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/^inferway: DATABASE_URL: .*\n$/),
      });
      const nowhere = await runMigrate({ DATABASE_URL: 'postgresql://user:secret@127.0.0.1:1/none' });
      expect(nowhere).toMatchObject({
        code: 69,
        stderr: expect.stringMatching(/^inferway: DATABASE_URL: the database cannot be opened: .*\n$/),
      });
      expect(nowhere.stderr).not.toContain('secret');
    },
    timeoutMs,
  );
});
