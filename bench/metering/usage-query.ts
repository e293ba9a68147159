import { startPostgres } from '#local-servers';
import { GroupCommitUsageLog, migrate, openDatabase, reportStatement } from '#persistence';
import { percentile } from '../stats.js';
import { fillRollups, groupsPerHour, hoursPerYear, lastDay } from './fill-rollups.js';

const rows = 50_000_000;
const range = { from: new Date('2025-11-01'), to: new Date(lastDay) };
const queries = {
  'by month and task': { ...range, bucket: 'month' },
  'by month, task, key, model and status': { ...range, bucket: 'month', groupBy: ['key', 'model', 'status'] },
  'by day and task': { ...range, bucket: 'day' },
  'by hour, the first 1,000': { ...range, bucket: 'hour', limit: 1_000 },
} as const;
const runs = 20;

/** Twelve months of usage of one tenant, where all tenants together have used 50 million rows in that time. */
export async function benchUsageQuery(tenants: number): Promise<void> {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const server = await startPostgres({ durable: true });
  try {
    const database = await openDatabase({
      url: await server.createDatabase('bench'),
      statementTimeoutMs: 600_000,
    });
    await migrate(database);
    const perRollup = Math.round(rows / (tenants * hoursPerYear * groupsPerHour));
    const made = await fillRollups(database, tenants, perRollup, (month) =>
      print(`month ${month} of 12 filled`),
    );
    const [size] = await database.prisma.$queryRaw<{ mb: number }[]>`
      SELECT (pg_total_relation_size('usage_rollups') / 1e6)::float8 AS mb`;
    print(
      `${made} roll-ups of ${tenants} tenants, ${Math.round(size?.mb ?? 0)} MB, for ${made * perRollup} usage rows\n`,
    );
    const log = new GroupCommitUsageLog(database);
    for (const [name, query] of Object.entries(queries)) {
      const times: number[] = [];
      for (let run = 0; run < runs; run++) {
        const startedAt = performance.now();
        await log.report(`ten_${1 + (run % tenants)}`, query);
        times.push(performance.now() - startedAt);
      }
      const first = Math.round(times[0] ?? NaN);
      print(
        `${name}: p50 ${Math.round(percentile(times, 0.5))} ms, p95 ${Math.round(percentile(times, 0.95))} ms, first ${first} ms`,
      );
    }
    const { text, values } = reportStatement('ten_1', queries['by month and task']);
    const plan = await database.prisma.$queryRawUnsafe<Record<string, string>[]>(
      `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
      ...values,
    );
    print(`\n${plan.map((line) => Object.values(line).join('')).join('\n')}`);
    await database.close();
  } finally {
    await server.stop();
  }
}
