import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from './migrate.js';
import { makeCluster } from './new-cluster.js';
import { openDatabase } from './open-database.js';

/** What the last build packed: what is shipped, and initdb does not run again. */
const packed = pathToFileURL(join('dist', 'libs', 'persistence', 'new-cluster.tar.gz'));

describe('a cluster packed by the build', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'inferway-new-cluster-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is what every first start begins from, with the whole schema', async () => {
    const identifiers = new Set<unknown>();
    for (const home of ['one', 'another']) {
      const dataDirectory = join(folder, home);
      await mkdir(dataDirectory);
      await makeCluster(join(dataDirectory, 'pgdata'), packed);
      const database = await openDatabase({ dataDirectory });
      await expect(migrate(database)).resolves.toEqual([]);
      // initdb draws one at random, so what was unpacked shares its own.
      const rows = await database.transactSql((session) =>
        session.query('SELECT system_identifier::text AS id FROM pg_control_system()'),
      );
      identifiers.add(rows[0]?.['id']);
      await database.close();
    }
    expect(identifiers.size).toBe(1);
    expect(identifiers).not.toContain(undefined);
  }, 240_000);
});
