import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { z } from 'zod';
import { keyView, newKeyView, tenantView } from '#contracts';
import { startPostgres, type PostgresServer } from '#local-servers';
import { openDatabase } from '#persistence';
import { runInferway } from './run-inferway.js';

describe('operators on the command line', () => {
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

  it('are told by audit verify, with 0, that the log is whole', async () => {
    expect(await inferway('audit', 'verify')).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^The audit log is whole: 3 rows, the last with the hash [0-9a-f]{64}\n$/,
      ),
      stderr: '',
    });
  }, 60_000);

  it('are told by audit verify, with 1, the first row that was altered, or removed at the end', async () => {
    await tamper(`DELETE FROM audit_log WHERE id = 3`);
    const cut = { code: 1, stdout: 'Row 3 of the audit log is missing; 2 before it are whole\n', stderr: '' };
    expect(await inferway('audit', 'verify')).toEqual(cut);
    await tamper(`UPDATE audit_log SET actor = 'cli:somebody' WHERE id = 2`);
    const altered = await inferway('audit', 'verify', '--json');
    expect(altered.code).toBe(1);
    expect(JSON.parse(altered.stdout)).toMatchObject({ rows: 1, fault: { id: 2, problem: 'altered' } });
  }, 60_000);

  it('are shown names of before that hold line breaks, escape sequences and overrides as text', async () => {
    const name = 'acme\nten_0  \u001b[2Kpaid\u202egpj\u2028';
    const database = await openDatabase({ url });
    await database.transactSql((session) =>
      session.query(`UPDATE tenants SET name = $1 WHERE name = 'third'`, [name]),
    );
    await database.close();
    const { stdout } = await inferway('tenants', 'list');
    expect(stdout).toContain(String.raw`  acme\u000aten_0  \u001b[2Kpaid\u202egpj\u2028  `);
    expect(stdout.match(/\n/g)).toHaveLength(4);
    const { stdout: json } = await inferway('tenants', 'list', '--json');
    expect(json).toContain(String.raw`\u202egpj\u2028`);
    expect(JSON.parse(json)).toMatchObject([{ name: 'first' }, { name: 'second' }, { name }]);
  }, 60_000);

  it('keep plans and tenants, rotate keys and revoke them, and each act is logged', async () => {
    const other = await server.createDatabase('operators');
    const run = (...args: string[]) =>
      runInferway({ INFERWAY_HOME: home, DATABASE_URL: other }, ...args, '--json');
    const done = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run(...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return JSON.parse(stdout);
    };
    const limits = ['--rate', '50', '--burst', '100', '--monthly', 'translate=5000', '--monthly', 'embed=70'];
    await done('plans', 'create', 'web', ...limits);
    const plan = {
      ...{ id: 'web', ratePerSecond: null, burst: null, weight: 3 },
      monthlyUnits: { translate: 5000, embed: 70 },
    };
    const changes = ['--rate', 'none', '--burst', 'none', '--weight', '3'];
    expect(await done('plans', 'change', 'web', ...changes)).toMatchObject(plan);
    expect(await done('plans', 'list')).toMatchObject([{ id: 'standard' }, plan]);
    const own = ['--weight', '2', '--retention-days', '9', '--budget', '250.00'];
    const created = await done('tenants', 'create', 'acme', '--plan', 'web', ...own);
    const tenant = tenantView.parse(created);
    expect(tenant).toMatchObject({ planId: 'web', weight: 2, retentionDays: 9, budget: 250_000_000 });
    const back = ['--weight', 'plan', '--retention-days', 'plan', '--budget', 'none'];
    const changed = await done('tenants', 'change', tenant.id, ...back);
    expect(changed).toMatchObject({ planId: 'web', weight: null, retentionDays: null, budget: null });
    const taken = await run('plans', 'delete', 'web');
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^inferway: .*web/) });
    const old = newKeyView.parse(await done('keys', 'create', tenant.id, '--scope', 'translate'));
    const fresh = newKeyView.parse(await done('keys', 'rotate', old.id, '--overlap', '60'));
    expect(fresh).toMatchObject({ scopes: ['translate'], revokedAt: null });
    expect(fresh.text).not.toBe(old.text);
    expect(keyView.parse(await done('keys', 'revoke', fresh.id)).revokedAt).not.toBeNull();
    expect(await done('keys', 'list', '--tenant', tenant.id)).toMatchObject([
      { id: old.id, replacedBy: fresh.id, expiresAt: expect.any(String), revokedAt: null },
      { id: fresh.id, revokedAt: expect.any(String) },
    ]);
    const log = z.array(z.object({ action: z.string() })).parse(await done('audit', 'list'));
    expect(log.map(({ action }) => action).reverse()).toEqual([
      ...['plan.create', 'plan.change', 'tenant.create', 'tenant.change'],
      ...['key.create', 'key.rotate', 'key.revoke'],
    ]);
  }, 120_000);

  it('keep prices to the millionth, and are refused what cannot be: past, unknown task, other currency', async () => {
    const prices = await server.createDatabase('prices');
    const run = (args: string[], settings = {}) =>
      runInferway({ INFERWAY_HOME: home, DATABASE_URL: prices, ...settings }, 'prices', ...args);
    const set = (...args: string[]) => run(['set', ...args]);
    expect(await set('translate', '--price', '18.1')).toMatchObject({ code: 0 });
    const later = ['--price', '0.000001', '--per', '1', '--model', 'en-pt', '--from', '2999-01-01T00:00:00Z'];
    expect(await set('translate', ...later)).toMatchObject({ code: 0 });
    const validFrom = '2999-01-01T00:00:00.000Z';
    expect(JSON.parse((await run(['list', '--json'])).stdout)).toMatchObject([
      { task: 'translate', priceMicros: 18_100_000, perUnits: 1_000_000, currency: 'EUR' },
      { task: 'translate', model: 'en-pt', priceMicros: 1, perUnits: 1, validFrom },
    ]);
    const past = await set('translate', '--price', '1', '--from', '2020-01-01T00:00:00Z');
    expect(past).toMatchObject({ code: 1, stderr: expect.stringContaining('must not be in the past') });
    expect((await set('sing', '--price', '1')).stderr).toContain('There is no task sing');
    expect((await set('translate', '--price', '0.0000001')).stderr).toContain('at most six decimals');
    const other = await run(['set', 'embed', '--price', '1'], { CURRENCY: 'USD' });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('has prices in EUR') });
  }, 120_000);
});
