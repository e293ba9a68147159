import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from './open-database.js';

/** initdb in WASM takes seconds, or a minute beside busy neighbours. What outlives its test fails the next file. */
const initdbTimeoutMs = 240_000;

describe('a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-pglite-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it(
    'whose first start was cut short, by a full disk or kill -9, begins again and then keeps its data',
    async () => {
      await mkdir(join(folder, 'pgdata.new'));
      await writeFile(join(folder, 'pgdata.new', 'PG_VERSION'), '17\n');
      const first = await openDatabase({ dataDirectory: folder });
      await first.transactSql((session) =>
        session.script('CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)'),
      );
      await first.close();
      const second = await openDatabase({ dataDirectory: folder });
      expect(await second.transactSql((session) => session.query('SELECT id FROM kept'))).toEqual([
        { id: 7 },
      ]);
      await second.close();
      expect(await readdir(folder)).not.toContain('pgdata.new');
    },
    initdbTimeoutMs,
  );
});
