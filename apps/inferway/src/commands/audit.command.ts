import type { Command } from 'commander';
import { z } from 'zod';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { printPages } from './print-pages.js';
import { printResult } from './print-result.js';

const verdictShape = z.object({
  rows: z.int(),
  hash: z.string(),
  fault: z.object({ id: z.int(), problem: z.enum(['missing', 'altered']) }).optional(),
});

/** As of a program that found what it looked for: something is wrong. */
const faultExitCode = 1;

export function registerAudit(program: Command): void {
  const audit = program
    .command('audit')
    .description('What operators did, over the API and on the command line; works while the server runs');
  audit
    .command('list')
    .description('The last actions, newest first')
    .option('--limit <rows>', 'how many', Number, 50)
    .option('--json', 'print JSON')
    .action(({ limit, json }: { limit: number; json?: boolean }) =>
      printPages('audit.list', 'entries', { json, most: limit }),
    );
  audit
    .command('verify')
    .description('Check that no row was changed, moved or removed; names the first bad one and exits with 1')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const verdict = verdictShape.parse(await runAdminCommand('audit.verify', {}));
      if (json === true) printResult(verdict, json);
      else process.stdout.write(describe(verdict));
      if (verdict.fault !== undefined) process.exitCode = faultExitCode;
    });
}

function describe({ rows, hash, fault }: z.output<typeof verdictShape>): string {
  if (fault !== undefined)
    return `Row ${fault.id} of the audit log is ${fault.problem}; ${rows} before it are whole\n`;
  return `The audit log is whole: ${rows} rows, the last with the hash ${hash}\n`;
}
