import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '#local-servers';
import { GroupCommitUsageLog, migrate, openDatabase, PrismaUsageBooks, type Database } from '#persistence';
import { tormentMeter } from '../../libs/testing/torment-meter.js';
import { generatedTotals } from '../../libs/testing/usage-generator.js';

const events = 12_000;

/** `npm run bench:metering -- once` does the same with 200,000. */
describe('eight writers of usage that are killed again and again, a tenth of what they write sent twice', () => {
  let server: PostgresServer;
  let database: Database;
  let url: string;

  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase('torment');
    database = await openDatabase({ url });
    await migrate(database);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  it('leave totals that equal the generator’s to the unit, in reports, rows and ledger', async () => {
    const torment = { url, events, writers: 8, killEveryEvents: 1_000, timeoutMs: 150_000 };
    const { kills } = await tormentMeter(database, torment);
    expect(kills).toBeGreaterThan(5);
    const log = new GroupCommitUsageLog(database);
    for (const [group, total] of generatedTotals(events)) {
      const [tenantId = '', task = ''] = group.split(' ');
      const range = {
        from: new Date('2026-01-01'),
        to: new Date('2026-12-31'),
        task,
        bucket: 'month',
      } as const;
      const report = await log.report(tenantId, range);
      const sum = (of: 'items' | 'amount') => report.reduce((so, bucket) => so + bucket[of], 0);
      expect({ group, items: sum('items'), amount: sum('amount') }).toEqual({ group, ...total });
    }
    const books = new PrismaUsageBooks(database);
    expect(await books.compare(new Date('2026-01-01'), new Date('2027-01-01'), 10)).toEqual([]);
    const [rows] = await database.transactSql((session) =>
      session.query('SELECT count(*)::int AS n FROM usage_rows'),
    );
    expect(rows).toEqual({ n: events });
  }, 180_000);
});
