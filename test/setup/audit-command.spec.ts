import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '#local-servers';
import { openDatabase } from '#persistence';
import { runInferway } from './run-inferway.js';

describe('inferway audit verify', () => {
  let server: PostgresServer;
  let home: string;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
    home = await mkdtemp(join(tmpdir(), 'inferway-audit-'));
    url = await server.createDatabase('audit');
    for (const name of ['first', 'second', 'third'])
      expect((await inferway('tenants', 'create', name)).code).toBe(0);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  const inferway = (...args: string[]) => runInferway({ INFERWAY_HOME: home, DATABASE_URL: url }, ...args);
  /** As somebody with all rights. */
  const tamper = async (sql: string) => {
    const database = await openDatabase({ url });
    await database.transactSql((session) =>
      session.script(
        `ALTER TABLE audit_log DISABLE TRIGGER USER; ${sql}; ALTER TABLE audit_log ENABLE TRIGGER USER`,
      ),
    );
    await database.close();
  };

  it('exits with 0 while the log is whole', async () => {
    expect(await inferway('audit', 'verify')).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^The audit log is whole: 3 rows, the last with the hash [0-9a-f]{64}\n$/,
      ),
      stderr: '',
    });
  }, 60_000);

  it('exits with 1 and names the first row that was altered, or removed at the end', async () => {
    await tamper(`DELETE FROM audit_log WHERE id = 3`);
    const cut = { code: 1, stdout: 'Row 3 of the audit log is missing; 2 before it are whole\n', stderr: '' };
    expect(await inferway('audit', 'verify')).toEqual(cut);
    await tamper(`UPDATE audit_log SET actor = 'cli:somebody' WHERE id = 2`);
    const altered = await inferway('audit', 'verify', '--json');
    expect(altered.code).toBe(1);
    expect(JSON.parse(altered.stdout)).toMatchObject({ rows: 1, fault: { id: 2, problem: 'altered' } });
  }, 60_000);
});
