import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '#local-servers';
import { lockFolder, openDatabase, openUsageLog } from '#persistence';
import { addKey } from '../../libs/persistence/fixtures/tenant.js';
import { usageRow } from '../../libs/persistence/fixtures/usage-row.js';
import { runInferway, startInferway, type Outcome } from './run-inferway.js';

const timeoutMs = 120_000;

describe('inferway backup and restore', () => {
  let server: PostgresServer;
  let folder: string;
  /** An installation on PGlite whose server is stopped. */
  let home: Record<string, string>;
  let file: string;
  let keys: string;
  /** In the backup. */
  let rows: string;

  beforeAll(async () => {
    server = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'inferway-backups-'));
    home = { INFERWAY_HOME: join(folder, 'home') };
    file = join(folder, 'backup');
    const made = await runInferway(home, 'tenants', 'create', 'acme', '--json');
    const { id } = JSON.parse(made.stdout) as { id: string };
    const database = await openDatabase({ dataDirectory: join(folder, 'home', 'database') });
    const at = new Date('2026-03-01T10:00:00Z');
    await addKey(database, { id: 'key_kept', tenantId: id });
    await openUsageLog(database).record([usageRow({ tenantId: id, amount: 41, at })]);
    await database.close();
    keys = (await runInferway(home, 'keys', 'list', '--json')).stdout;
    const backup = await runInferway(home, 'backup', file);
    expect(backup).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+ rows at migration \d{14}_\w+, in .*seal key/),
      stderr: '',
    });
    rows = countOf(backup);
  }, timeoutMs);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const countOf = ({ stdout }: Outcome) => stdout.split(' ', 1)[0] ?? '';
  const restored = (): unknown => expect.stringMatching(new RegExp(`^${rows} rows restored`));

  it.each(['Postgres', 'PGlite'])(
    'moves an installation to %s: the same keys, and a backup as large again',
    async (target) => {
      const there: Record<string, string> = { INFERWAY_HOME: join(folder, `to-${target}`) };
      if (target === 'Postgres') there['DATABASE_URL'] = await server.createDatabase('moved');
      expect(await runInferway(there, 'restore', file)).toMatchObject({ code: 0, stdout: restored() });
      expect((await runInferway(there, 'keys', 'list', '--json')).stdout).toBe(keys);
      const again = await runInferway(there, 'backup', join(folder, `again-${target}`));
      expect(countOf(again)).toBe(rows);
      expect(await runInferway(there, 'restore', file)).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/^inferway: (The database is not empty|There is a database in).*\n$/),
      });
    },
    timeoutMs,
  );

  it(
    'moves books that agree, and an audit log that is whole',
    async () => {
      const url = await server.createDatabase('books');
      const there = { INFERWAY_HOME: join(folder, 'books'), DATABASE_URL: url };
      expect(await runInferway(there, 'restore', file)).toMatchObject({ code: 0 });
      expect(await runInferway(there, 'audit', 'verify')).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(': 2 rows'),
      });
      expect(await runInferway(there, 'metering', 'verify', '--month', '2026-03')).toMatchObject({ code: 0 });
      const day = ['--from', '2026-03-01', '--to', '2026-03-01'];
      const exported = await runInferway(there, 'metering', 'export', ...day);
      expect(exported.stdout).toContain('"amount":41');
    },
    timeoutMs,
  );

  it(
    'refuses in one line a damaged file, and leaves no database behind',
    async () => {
      const bad = join(folder, 'bad');
      await writeFile(bad, 'no backup');
      const fresh = { INFERWAY_HOME: join(folder, 'fresh') };
      expect(await runInferway(fresh, 'restore', bad)).toEqual({
        code: 78,
        stdout: '',
        stderr: `inferway: ${bad} is damaged: it cannot be unpacked\n`,
      });
      const left = await readdir(fresh.INFERWAY_HOME);
      expect(left.filter((name) => name.startsWith('database'))).toEqual([]);
    },
    timeoutMs,
  );

  it(
    'leaves no database behind either when a restore is killed half way, and the next one succeeds',
    async () => {
      const there = { INFERWAY_HOME: join(folder, 'killed') };
      await mkdir(there.INFERWAY_HOME);
      const child = startInferway(there, 'restore', file);
      for await (const { filename } of watch(there.INFERWAY_HOME))
        if (filename?.startsWith('database')) break;
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(existsSync(join(there.INFERWAY_HOME, 'database'))).toBe(false);
      expect(await runInferway(there, 'restore', file)).toMatchObject({ code: 0, stdout: restored() });
      const left = (await readdir(there.INFERWAY_HOME)).filter((name) => name.startsWith('database'));
      expect(left).toEqual(['database']);
    },
    timeoutMs,
  );

  it(
    'refuses in one line a file that is there, a folder without a database, and one whose server runs',
    async () => {
      expect(await runInferway(home, 'backup', file)).toMatchObject({
        code: 78,
        stderr: `inferway: ${file} is there already: give another name\n`,
      });
      const nothing = { INFERWAY_HOME: join(folder, 'nothing') };
      expect(await runInferway(nothing, 'backup', join(folder, 'other'))).toMatchObject({
        code: 78,
        stderr: expect.stringMatching(/^inferway: There is no database in .*\n$/),
      });
      const lock = await lockFolder(join(folder, 'home'));
      expect(await runInferway(home, 'backup', join(folder, 'other'))).toMatchObject({
        code: 75,
        stderr: expect.stringMatching(/^inferway: A server already runs on .*stop it.*\n$/),
      });
      await lock.release();
    },
    timeoutMs,
  );
});
