import type { Command } from 'commander';
import { invoice } from '#contracts';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { monthArgument } from './options.js';
import { printResult } from './print-result.js';

export function registerInvoices(program: Command): void {
  program
    .command('invoices')
    .description('What tenants owe for a month; works while the server or the cluster runs')
    .command('show')
    .argument('<tenantId>', 'also of a tenant that was deleted')
    .argument('<month>', 'a calendar month in UTC, such as 2026-11', monthArgument)
    .description('Show the invoice of a tenant: final, or what it would be if the month closed now')
    .option('--json', 'print JSON')
    .action(async (id: string, month: string, { json }: { json?: boolean }) => {
      const shown = invoice.parse(await runAdminCommand('invoices.show', { id, month }));
      if (json === true) {
        printResult(shown, json);
        return;
      }
      const { lines, totalMicros: _, ...head } = shown;
      printResult(head);
      process.stdout.write('\n');
      printResult(lines);
    });
}
