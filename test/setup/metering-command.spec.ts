import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '#local-servers';
import { GroupCommitUsageLog, migrate, openDatabase, type Database } from '#persistence';
import { usageRow } from '../../libs/persistence/fixtures/usage-row.js';

const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
const events = 1_203;

describe('inferway metering', () => {
  let server: PostgresServer;
  let database: Database;
  let home: string;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
    home = await mkdtemp(join(tmpdir(), 'inferway-metering-'));
    url = await server.createDatabase('metering');
    database = await openDatabase({ url });
    await migrate(database);
    const at = new Date('2026-03-01T10:00:00Z');
    const rows = Array.from({ length: events }, (_, n) =>
      usageRow({
        tenantId: n < 3 ? 'ten_b' : 'ten_a',
        requestId: `req_${n}`,
        amount: n,
        at: new Date(+at + (n >> 3)),
      }),
    );
    await new GroupCommitUsageLog(database).record(rows);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  /** As if the looks at the months so far had been an hour before they were. */
  const passHour = () =>
    database.transactSql((session) =>
      session.script(`UPDATE usage_months SET over_since = over_since - INTERVAL '1 hour'`),
    );
  const metering = (...args: string[]) => meteringWith({}, ...args);
  const meteringWith = (settings: NodeJS.ProcessEnv, ...args: string[]) =>
    new Promise<{ code: number; stdout: string }>((resolve) => {
      const env = { ...process.env, INFERWAY_HOME: home, DATABASE_URL: url, NODE_OPTIONS: '', ...settings };
      const options = { env, timeout: 60_000, maxBuffer: 16_777_216 };
      execFile(process.execPath, [main, 'metering', ...args], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout: stdout + stderr });
      });
    });

  it('exports every row once, as CloudEvents whose ids are the same each time', async () => {
    const { code, stdout } = await metering('export', '--from', '2026-03-01', '--to', '2026-03-01');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { id: string; data: { amount: number } });
    expect(new Set(parsed.map(({ id }) => id)).size).toBe(events);
    expect(parsed.reduce((sum, { data }) => sum + data.amount, 0)).toBe((events * (events - 1)) / 2);
    expect(parsed.at(-1)).toEqual({
      ...{ specversion: '1.0', type: 'inferway.usage', source: 'inferway', subject: 'ten_b' },
      id: 'ten_b/req_2/0/ok',
      ...{ time: '2026-03-01T10:00:00.000Z', datacontenttype: 'application/json' },
      data: {
        ...{ requestId: 'req_2', item: 0, keyId: 'key_a', task: 'translate', model: 'translate-en-pt@1' },
        ...{ unit: 'characters', amount: 2, status: 'ok' },
        ...{ computeMs: 2.5, paddingMs: 0.5, queueMs: 1, inferenceMs: 3 },
      },
    });
    expect((await metering('export', '--from', '2026-03-01', '--to', '2026-03-01')).stdout).toBe(stdout);
  }, 120_000);

  it('ends without a word when who reads the export has had enough', async () => {
    const env = { ...process.env, INFERWAY_HOME: home, DATABASE_URL: url, NODE_OPTIONS: '' };
    const args = [main, 'metering', 'export', '--from', '2026-03-01', '--to', '2026-03-01'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const errors = text(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, stderr: await errors }).toEqual({ code: 141, stderr: '' });
  }, 60_000);

  it('verify is silent and 0 while all agrees, names what the owner deleted, and exits with 1', async () => {
    expect((await metering('rollup')).stdout).toMatch(
      /^Rolled up \d+ changes, closed 0 invoices, dropped 0 rows\nClosed by a run half an hour from now or later: 2026-03\n$/,
    );
    await passHour();
    expect((await metering('rollup')).stdout).toBe(
      'Rolled up 0 changes, closed 2 invoices, dropped 0 rows\n',
    );
    const agreed = await metering('verify', '--month', '2026-03');
    expect(agreed).toEqual({ code: 0, stdout: '1 months, 0 differences\n' });
    await database.transactSql((session) =>
      session.query(`DELETE FROM usage_rows WHERE request_id = 'req_1'`),
    );
    const { code, stdout } = await metering('verify');
    expect(code).toBe(1);
    expect(stdout).toContain(
      'tenant ten_b, hour 2026-03-01T10:00:00.000Z, task translate: rows: 2 items, 2 units; entered when they were written: 3 items, 3 units',
    );
  }, 120_000);

  it.each([
    [['verify', '--month', '2026-3'], 'It must be a month such as 2026-11.'],
    [['verify', '--last', '0'], 'It must be a whole number, 1 or more.'],
    [['verify', '--last', '1201'], 'last: Too big'],
    [['verify', '--last', '1', '--month', '2026-03'], "cannot be used with option '--month <month>'"],
    [['export', '--from', '2026-02-30', '--to', '2026-03-01'], 'It must be a day such as 2026-11-01.'],
    [['export', '--from', '2026-03-02', '--to', '2026-03-01'], '--to must not be before --from'],
  ])(
    'refuses %p in words, and does not answer that there is nothing',
    async (args, words) => {
      const { code, stdout } = await metering(...args);
      expect(code).not.toBe(0);
      expect(stdout).toContain(words);
      expect(stdout).not.toContain('    at ');
    },
    60_000,
  );

  it('drops old rows as USAGE_RETENTION_MONTHS says, tells of them, and still finds what had been deleted', async () => {
    const { stdout: rolledUp } = await meteringWith({ USAGE_RETENTION_MONTHS: '1' }, 'rollup');
    expect(rolledUp).toBe(`Rolled up 0 changes, closed 0 invoices, dropped ${events - 1} rows\n`);
    const told = `2026-03: ${events - 1} rows of 2 tenants were dropped; their sums are kept\n`;
    const lost =
      'tenant ten_b, month 2026-03: dropped and left: 2 items, 2 units; entered when they were written: 3 items, 3 units; missing: request req_1, item 0, outcome ok\n';
    const verified = await metering('verify');
    expect(verified).toEqual({ code: 1, stdout: `${told}${lost}1 months, 1 differences\n` });
    const exported = await metering('export', '--from', '2026-03-01', '--to', '2026-03-01');
    expect(exported).toEqual({ code: 0, stdout: told });
  }, 120_000);

  it('rolls up, closes and drops all that can be, then names what cannot be closed, and exits with 1', async () => {
    await database.transactSql((session) =>
      session.script(`INSERT INTO prices VALUES
        ('mistyped', 'embed', '', 9007199254740991, 1, 'EUR', '2026-01-01', '2026-01-01')`),
    );
    const at = new Date('2026-04-01T10:00:00Z');
    const rowOf = (tenantId: string, task: string) =>
      usageRow({ tenantId, requestId: 'req_april', task, amount: 9, at });
    await new GroupCommitUsageLog(database).record([rowOf('ten_b', 'embed'), rowOf('ten_c', 'translate')]);
    const attempt = () => meteringWith({ USAGE_RETENTION_MONTHS: '1' }, 'rollup');
    const left =
      'No invoice of tenant ten_b for 2026-04: a cost beyond 2^53 - 1 millionths\n1 invoices cannot be closed\n';
    expect(await attempt()).toMatchObject({ code: 0 });
    await passHour();
    expect(await attempt()).toEqual({
      code: 1,
      stdout: `Rolled up 0 changes, closed 1 invoices, dropped 1 rows\n${left}`,
    });
    expect(await attempt()).toEqual({
      code: 1,
      stdout: `Rolled up 0 changes, closed 0 invoices, dropped 0 rows\n${left}`,
    });
    const named = 'tenant ten_b, month 2026-04: there is usage, and no final invoice\n';
    const verified = await metering('verify', '--month', '2026-04');
    expect(verified.code).toBe(1);
    expect(verified.stdout).toContain(`${named}1 months, 1 differences\n`);
    const all = await metering('verify');
    expect(all.stdout).toContain(`${named}2 months, 2 differences\n`);
  }, 120_000);

  it('--last counts back from the running month, whatever is dated later, and proves that, too', async () => {
    const rowOf = (requestId: string, at: Date) => usageRow({ tenantId: 'ten_d', requestId, amount: 1, at });
    const now = new Date();
    const before = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()) - 1);
    const ahead = new Date('3026-05-09T12:00:00Z');
    const rows = [rowOf('req_before', before), rowOf('req_now', now), rowOf('req_ahead', ahead)];
    await new GroupCommitUsageLog(database).record(rows);
    const agreed = await metering('verify', '--last', '1');
    expect(agreed).toEqual({ code: 0, stdout: '2 months, 0 differences\n' });
    expect(await metering('verify', '--month', '3026-05')).toEqual({
      code: 0,
      stdout: '1 months, 0 differences\n',
    });
    await database.transactSql((session) =>
      session.query(`DELETE FROM usage_rows WHERE tenant_id = 'ten_d'`),
    );
    const { code, stdout } = await metering('verify', '--last', '2');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /missing: request req_before, [^]*missing: request req_now, [^]*missing: request req_ahead, [^]*^3 months, /m,
    );
  }, 120_000);
});
