import { createInterface } from 'node:readline';
import { GroupCommitUsageLog, openDatabase } from '#persistence';
import { generatedRow, redelivered } from './usage-generator.js';

/**
 * Child of `torment-meter.ts`: writes its part of the generated events, many at once, and prints how far it is as soon
 * as that is durable. Every tenth event is written twice. Arguments: database URL, first event, step, number of events.
 *
 * It is never further ahead than one batch of what its parent has read, and answered with a line: a parent that gets no
 * time finds it still writing.
 */
const [, , url = '', ...numbers] = process.argv;
const [first = 0, step = 1, events = 0] = numbers.map(Number);
const together = 40;

const read = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const database = await openDatabase({ url, maxConnections: 2 });
const log = new GroupCommitUsageLog(database, { maxGatherMs: 0 });
for (let next = first; next < events;) {
  const isFirst = next === first;
  const calls: Promise<void>[] = [];
  for (let n = 0; n < together && next < events; n++, next += step) {
    const row = generatedRow(next);
    calls.push(log.record([row]));
    if (next % 10 === 0) calls.push(log.record([redelivered(row)]));
  }
  await Promise.all(calls);
  process.stdout.write(`${next}\n`);
  if (!isFirst) await read.next();
}
process.stdout.write('done\n');
await database.close();
process.stdin.destroy();
