import { startPostgres } from '#local-servers';
import { GroupCommitUsageLog, migrate, openDatabase, PrismaUsageBooks } from '#persistence';
import { tormentMeter } from '../../libs/testing/torment-meter.js';
import { generatedTotals } from '../../libs/testing/usage-generator.js';

const year = { from: new Date('2026-01-01'), to: new Date('2026-12-31') };

/** Writers that are killed while they write, and a tenth of their events twice: what is billed is what was generated. */
export async function benchMeteredOnce(events: number): Promise<void> {
  const server = await startPostgres({ durable: true });
  try {
    const url = await server.createDatabase('bench');
    const database = await openDatabase({ url, statementTimeoutMs: 600_000 });
    await migrate(database);
    const torment = { url, events, writers: 8, killEveryEvents: 10_000, timeoutMs: 1_800_000 };
    const { kills, seconds } = await tormentMeter(database, torment);
    const perSecond = Math.round((events * 1.1) / seconds);
    process.stdout.write(`${events} events, ${Math.round(events / 10)} of them twice, from 8 processes: `);
    process.stdout.write(`${kills} kills, ${Math.round(seconds)} s, ${perSecond} events/s\n`);
    const wrong = await wrongTotals(new GroupCommitUsageLog(database), events);
    const { from } = year;
    const differences = await new PrismaUsageBooks(database).compare(from, new Date('2027-01-01'), 10);
    await database.close();
    for (const line of wrong) process.stdout.write(`${line}\n`);
    process.stdout.write(
      `${wrong.length} totals differ from the generator's, ${differences.length} books differ\n`,
    );
    if (wrong.length + differences.length > 0) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

async function wrongTotals(log: GroupCommitUsageLog, events: number): Promise<string[]> {
  const wrong: string[] = [];
  for (const [group, { items, amount }] of generatedTotals(events)) {
    const [tenantId = '', task = ''] = group.split(' ');
    const report = await log.report(tenantId, { ...year, task, bucket: 'month' });
    const sum = (of: 'items' | 'amount') => report.reduce((so, bucket) => so + bucket[of], 0);
    if (sum('items') !== items || sum('amount') !== amount) {
      wrong.push(`${group}: ${sum('items')} items, ${sum('amount')} units; generated ${items}, ${amount}`);
    }
  }
  return wrong;
}
