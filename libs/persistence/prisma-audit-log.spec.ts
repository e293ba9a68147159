import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BrowseAudit, type Directory } from '#core';
import { testBackends, type TestDatabases } from '../testing/postgres-backends.js';
import { TableSnapshot } from '../testing/table-snapshot.js';
import { addTenant, anEvent } from './fixtures/tenant.js';
import { openDatabase, type Database } from './open-database.js';
import { openDirectory } from './open-directory.js';

const rows = 12;

describe.each(testBackends)('the audit log on $name', ({ name, start }) => {
  let databases: TestDatabases;
  let database: Database;
  let directory: Directory;
  let audit: BrowseAudit;
  let before: TableSnapshot;

  beforeAll(async () => {
    databases = await start();
    database = await openDatabase(await databases.migrated());
    directory = openDirectory(database);
    audit = new BrowseAudit(directory.audit);
    for (let i = 1; i <= rows; i++) await addTenant(database, { id: `ten_${i}` });
    before = await TableSnapshot.take(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await databases.stop();
  });
  beforeEach(() => before.restore());

  /** As the owner of the database, who can take the guard away, and put it back. */
  const tamper = (...statements: string[]) =>
    database.transactSql(async (session) => {
      await session.script('ALTER TABLE audit_log DISABLE TRIGGER audit_log_is_append_only');
      for (const statement of statements) await session.script(statement);
      await session.script('ALTER TABLE audit_log ENABLE TRIGGER audit_log_is_append_only');
    });

  it('is whole while nobody meddles, over more than one page', async () => {
    expect(await audit.verify()).toEqual({ rows, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const first = await audit.list({ limit: 5 });
    expect(first.entries.map(({ id }) => id)).toEqual([12, 11, 10, 9, 8]);
    const second = await audit.list({ limit: 5, cursor: first.nextCursor });
    expect(second.entries.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3]);
    const last = await audit.list({ limit: 5, cursor: second.nextCursor });
    expect(last.entries.map(({ id }) => id)).toEqual([2, 1]);
    expect(last.nextCursor).toBeUndefined();
  });

  const swap = `
    CREATE TEMP TABLE moved ON COMMIT DROP AS SELECT * FROM audit_log WHERE id IN (4, 5);
    DELETE FROM audit_log WHERE id IN (4, 5);
    INSERT INTO audit_log SELECT 9 - id, at, actor, action, target, address, request_id, details, hash FROM moved`;
  it.each([
    ['an altered field', [`UPDATE audit_log SET actor = 'cli:other' WHERE id = 7`], 7, 'altered'],
    ['an altered time', [`UPDATE audit_log SET at = at + interval '1 ms' WHERE id = 1`], 1, 'altered'],
    ['an address put in', [`UPDATE audit_log SET address = '' WHERE id = 3`], 3, 'altered'],
    ['a removed row', ['DELETE FROM audit_log WHERE id = 6'], 6, 'missing'],
    ['the first row removed', ['DELETE FROM audit_log WHERE id = 1'], 1, 'missing'],
    ['the last row removed', ['DELETE FROM audit_log WHERE id = 12'], 12, 'missing'],
    ['all rows removed', ['DELETE FROM audit_log'], 1, 'missing'],
    ['two rows swapped', [swap], 4, 'altered'],
    [
      'a removed row with the others moved up',
      ['DELETE FROM audit_log WHERE id = 6', 'UPDATE audit_log SET id = id - 1 WHERE id > 6'],
      6,
      'altered',
    ],
    [
      'a row written past the head',
      [
        `INSERT INTO audit_log SELECT 13, at, actor, action, target, address, request_id, details, hash
        FROM audit_log WHERE id = 12`,
      ],
      13,
      'altered',
    ],
  ])('names %s', async (_, statements, id, problem) => {
    await tamper(...statements);
    expect(await audit.verify()).toMatchObject({ rows: id - 1, fault: { id, problem } });
  });

  it.each([0, -7])('names a row written before the first, with the id %d', async (id) => {
    await tamper(`INSERT INTO audit_log SELECT ${id}, at, actor, action, target, address, request_id, details, hash
      FROM audit_log WHERE id = 1`);
    expect(await audit.verify()).toMatchObject({ rows: 0, fault: { id, problem: 'altered' } });
  });

  it('says that what followed the last row is missing where the head was removed', async () => {
    await tamper('DELETE FROM audit_head');
    expect(await audit.verify()).toMatchObject({ rows, fault: { id: rows + 1, problem: 'missing' } });
  });

  it.each(['UPDATE audit_log SET actor = $$x$$', 'DELETE FROM audit_log', 'TRUNCATE audit_log'])(
    'refuses %s, also to its owner',
    async (statement) => {
      const attempt = database.transactSql((session) => session.script(statement));
      await expect(attempt).rejects.toThrow('the audit log takes new rows only');
      expect(await audit.verify()).toMatchObject({ rows });
    },
  );

  it('logs nothing of what failed or changed nothing', async () => {
    await expect(addTenant(database, { id: 'ten_1' })).rejects.toThrow();
    await directory.tenants.change('ten_none', { name: 'x' }, anEvent());
    await directory.plans.remove('none', anEvent());
    await directory.keys.revoke('none', anEvent());
    expect(await audit.verify()).toMatchObject({ rows });
  });

  it(`chains what many operators do at once on ${name}`, async () => {
    const change = (i: number) => directory.tenants.change(`ten_${i + 1}`, { name: `n${i}` }, anEvent());
    await Promise.all(Array.from({ length: rows }, (_, i) => change(i)));
    expect(await audit.verify()).toEqual({ rows: 2 * rows, hash: expect.anything() });
  });
});
