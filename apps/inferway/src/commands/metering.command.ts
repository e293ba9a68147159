import { once } from 'node:events';
import { Option, type Command } from 'commander';
import { z } from 'zod';
import { daysOfMonth } from '#core';
import { AppError } from '#kernel';
import { withAdmin, type RunAdminCommand } from '../admin/run-admin-command.js';
import { bookMonthArgument, countArgument, dayArgument } from './options.js';

const rolledUp = z.object({
  folded: z.int(),
  closed: z.int(),
  // A server of the version before, which still runs, does not tell.
  unconfirmed: z.array(z.string()).default([]),
  unclosable: z.object({ count: z.int(), named: z.array(z.string()) }),
  dropped: z.int(),
});
const droppedMonths = z.array(z.object({ month: z.string(), tenants: z.int(), items: z.int() }));
const lines = z.array(z.string());
const eventPage = z.object({ events: z.array(z.unknown()), nextCursor: z.string().optional() });
const differenceExitCode = 1;
const unclosedExitCode = 1;

export function registerMetering(program: Command): void {
  const metering = program
    .command('metering')
    .description('The books of usage: roll up, verify, export; works while the server runs');
  metering
    .command('rollup')
    .description(
      'Roll up usage, close the months that are over and drop rows that are old enough, as gateways do; for a CronJob where none runs',
    )
    .action(async () => {
      const { folded, closed, unconfirmed, unclosable, dropped } = await withAdmin(async (run) => {
        const sum = { folded: 0, closed: 0, dropped: 0 };
        for (;;) {
          const some = rolledUp.parse(await run('metering.rollup', {}));
          sum.folded += some.folded;
          sum.closed += some.closed;
          sum.dropped += some.dropped;
          const { unconfirmed, unclosable } = some;
          if (some.folded === 0 && some.dropped === 0) return { ...sum, unconfirmed, unclosable };
        }
      });
      process.stdout.write(
        `Rolled up ${folded} changes, closed ${closed} invoices, dropped ${dropped} rows\n`,
      );
      if (unconfirmed.length > 0)
        process.stdout.write(`Closed by a run half an hour from now or later: ${unconfirmed.join(', ')}\n`);
      if (unclosable.count === 0) return;
      for (const line of unclosable.named) process.stderr.write(`${line}\n`);
      process.stderr.write(`${unclosable.count} invoices cannot be closed\n`);
      process.exitCode = unclosedExitCode;
    });
  metering
    .command('verify')
    .description('Prove that usage rows, roll-ups and invoices agree; name what does not and exit with 1')
    .option('--month <month>', 'one month, such as 2026-11; without it, all', bookMonthArgument)
    .addOption(
      new Option('--last <months>', 'so many months up to the running one, and any that are dated later')
        .argParser(countArgument)
        .conflicts('month'),
    )
    .action(async ({ month, last }: { month?: string; last?: number }) => {
      const differences = await withAdmin(async (run) => {
        const asked = last === undefined ? {} : { last };
        const months = month === undefined ? lines.parse(await run('metering.months', asked)) : [month];
        let found = 0;
        await tellDropped(run, (dropped: string) => months.includes(dropped), process.stdout);
        for (const each of months) found += await verifyMonth(run, each);
        process.stdout.write(`${months.length} months, ${found} differences\n`);
        return found;
      });
      if (differences > 0) process.exitCode = differenceExitCode;
    });
  registerExport(metering);
}

interface ExportOptions {
  from: string;
  to: string;
  tenant?: string;
}

function registerExport(metering: Command): void {
  metering
    .command('export')
    .description(
      'Usage rows as CloudEvents, one JSON a line, for OpenMeter, Lago and others; ids never change',
    )
    .requiredOption('--from <day>', 'first UTC day, such as 2026-11-01', dayArgument)
    .requiredOption('--to <day>', 'last UTC day', dayArgument)
    .option('--tenant <tenantId>', 'only of this tenant')
    .action(async ({ tenant, ...range }: ExportOptions) => {
      if (range.to < range.from)
        throw new AppError('request.invalid', { detail: '--to must not be before --from' });
      await withAdmin(async (run) => {
        const within = (month: string) => month >= range.from.slice(0, 7) && month <= range.to.slice(0, 7);
        await tellDropped(run, within, process.stderr);
        const tenants = tenant === undefined ? lines.parse(await run('metering.tenants', {})) : [tenant];
        for (const tenantId of tenants) await exportTenant(run, { tenantId, ...range });
      });
    });
}

/** What is not there any more must not look as if it had never been. */
async function tellDropped(
  run: RunAdminCommand,
  isAsked: (month: string) => boolean,
  output: NodeJS.WritableStream,
): Promise<void> {
  for (const { month, tenants, items } of droppedMonths.parse(await run('metering.dropped', {})))
    if (isAsked(month))
      output.write(`${month}: ${items} rows of ${tenants} tenants were dropped; their sums are kept\n`);
}

/** A page is asked for when the one before has been taken: however much there is, one page is held. */
async function exportTenant(run: RunAdminCommand, range: { tenantId: string; from: string; to: string }) {
  let cursor: string | undefined;
  do {
    const page = eventPage.parse(await run('metering.export', { ...range, ...(cursor && { cursor }) }));
    const text = page.events.map((event) => `${JSON.stringify(event)}\n`).join('');
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

/** Prints each difference on a line of its own, as soon as it is known; resolves with how many there are. */
async function verifyMonth(run: RunAdminCommand, month: string): Promise<number> {
  let found = 0;
  const print = (differences: readonly string[]) => {
    for (const line of differences) process.stdout.write(`${line}\n`);
    found += differences.length;
  };
  // A day at a time: a server that is asked answers within the time its admin socket allows.
  for (const day of daysOfMonth(month)) {
    print(lines.parse(await run('metering.verifyDay', { day: day.toISOString().slice(0, 10) })));
  }
  print(lines.parse(await run('metering.verifyDropped', { month })));
  print(lines.parse(await run('metering.verifyInvoices', { month })));
  return found;
}
