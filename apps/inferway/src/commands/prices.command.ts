import { InvalidArgumentError, type Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { printResult } from './print-result.js';

interface SetOptions {
  price: number;
  per: number;
  model?: string;
  from?: string;
  json?: boolean;
}

export function registerPrices(program: Command): void {
  const prices = program
    .command('prices')
    .description('What billed units cost, from when on; works while the server runs');
  prices
    .command('list')
    .description('Every price there was, is and will be')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      printResult(await runAdminCommand('prices.list', {}), json);
    });
  prices
    .command('set <task>')
    .description('Add a price, which replaces the one before from its start on')
    .requiredOption('--price <decimal>', 'money in the currency of the installation, such as 18.50', toMicros)
    .option('--per <units>', 'billed units that the price is for', Number, 1_000_000)
    .option('--model <name>', 'only for this model, named without its revision')
    .option('--from <time>', 'RFC 3339, UTC, such as 2027-01-01T00:00:00Z; without it, now')
    .option('--json', 'print JSON')
    .action(async (task: string, { price, per, model, from, json }: SetOptions) => {
      const optional = {
        ...(model !== undefined && { model }),
        ...(from !== undefined && { validFrom: from }),
      };
      const input = { task, priceMicros: price, perUnits: per, ...optional };
      printResult(await runAdminCommand('prices.set', input), json);
    });
}

/** `18.5` → 18,500,000 millionths, digit by digit: a float would turn some prices into others. */
export function toMicros(decimal: string): number {
  const [, whole = '', fraction = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(decimal) ?? [];
  if (whole === '') throw new InvalidArgumentError('It must be a decimal number with at most six decimals.');
  return Number(`${whole}${fraction.padEnd(6, '0')}`);
}
