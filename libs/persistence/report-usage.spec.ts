import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '#local-servers';
import type { UsageRange } from '#core';
import { migrate } from './migrate.js';
import { openDatabase, type Database } from './open-database.js';
import { reportStatement } from './report-usage.js';

/** `npm run bench:metering -- query` is the same with 50 million rows' worth of roll-ups, and times it. */
describe('the statement of a usage report, on roll-ups of many tenants', () => {
  let server: PostgresServer;
  let database: Database;

  beforeAll(async () => {
    server = await startPostgres();
    database = await openDatabase({ url: await server.createDatabase('plans') });
    await migrate(database);
    for (const [table, step, count] of [
      ['usage_rollups', 'hour', 720],
      ['usage_days', 'day', 360],
    ]) {
      await database.prisma.$executeRawUnsafe(
        `INSERT INTO ${table} SELECT 'ten_' || t, '2026-01-01Z'::timestamptz + n * interval '1 ${step}', 'translate',
           'key', 'm@1', 'characters', 'ok', 1, 1, 1, 0
         FROM generate_series(0, ${count}) n, generate_series(1, 100) t`,
      );
    }
    await database.prisma.$executeRawUnsafe('VACUUM ANALYZE usage_rollups, usage_days');
  }, 120_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  const range = { from: new Date('2026-01-01'), to: new Date('2026-12-31') };
  it.each<[string, UsageRange, string]>([
    ['a year by month', { ...range, bucket: 'month' }, 'usage_days_pkey'],
    [
      'a year by day, key and model',
      { ...range, bucket: 'day', groupBy: ['key', 'model'] },
      'usage_days_pkey',
    ],
    ['a year by hour', { ...range, bucket: 'hour', limit: 1_000 }, 'usage_rollups_pkey'],
  ])('finds %s by its index and reads no table as a whole', async (_, query, index) => {
    const { text, values } = reportStatement('ten_7', query);
    const lines = await database.prisma.$queryRawUnsafe<{ 'QUERY PLAN': string }[]>(
      `EXPLAIN ${text}`,
      ...values,
    );
    const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });
});
