import { InvalidArgumentError, type Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { gather, numberOr, withNulls, type NumberOrNone } from './options.js';
import { printResult } from './print-result.js';

interface JsonOption {
  json?: boolean;
}
interface Limits {
  name?: string;
  rate?: NumberOrNone;
  burst?: NumberOrNone;
  concurrency?: NumberOrNone;
  monthly?: Record<string, number>;
  softThreshold?: number;
  maxItems?: NumberOrNone;
  weight?: number;
  retentionDays?: number;
  corsOrigin?: string[];
}

export function registerPlans(program: Command): void {
  const plans = program
    .command('plans')
    .description('What tenants may use; works while the server or the cluster runs');
  for (const [action, description] of [
    ['create', 'Create a plan; what is not given is as in the standard plan'],
    ['change', 'Change what is given, for all tenants of the plan; the rest stays'],
  ] as const) {
    withLimits(plans.command(`${action} <planId>`).description(description)).action(
      async (id: string, { json, ...limits }: Limits & JsonOption) => {
        printResult(await runAdminCommand(`plans.${action}`, { id, ...toInput(limits) }), json);
      },
    );
  }
  plans
    .command('list')
    .description('List plans')
    .option('--json', 'print JSON')
    .action(async ({ json }: JsonOption) => printResult(await runAdminCommand('plans.list', {}), json));
  for (const [action, description] of [
    ['show', 'Show a plan'],
    ['delete', 'Delete a plan that no tenant has'],
  ] as const) {
    plans
      .command(`${action} <planId>`)
      .description(description)
      .option('--json', 'print JSON')
      .action(async (id: string, { json }: JsonOption) => {
        printResult(await runAdminCommand(`plans.${action}`, { id }), json);
      });
  }
}

function withLimits(command: Command): Command {
  const orNone = numberOr('none');
  return command
    .option('--name <name>', 'what it is called')
    .option('--rate <items>', 'items a second, sustained, or `none`; with --burst', orNone)
    .option('--burst <items>', 'items at once, or `none`', orNone)
    .option('--concurrency <items>', 'items of a tenant in work at one time, or `none`', orNone)
    .option(
      '--monthly <task=units>',
      'hard monthly quota of a task, many times; replaces all that were',
      quota,
    )
    .option('--soft-threshold <part>', 'part of a quota or budget that counts as nearly used up', Number)
    .option('--max-items <items>', 'most items of one request, or `none`', orNone)
    .option('--weight <number>', 'fair share relative to other tenants', Number)
    .option('--retention-days <days>', 'how long jobs are kept', Number)
    .option(
      '--cors-origin <origin>',
      'pages of this origin may call, many times; replaces all that were',
      gather,
    )
    .option('--json', 'print JSON');
}

function toInput({ rate, monthly, corsOrigin, ...same }: Limits): object {
  return withNulls({
    ...same,
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(monthly !== undefined && { monthlyUnits: monthly }),
    ...(corsOrigin !== undefined && { corsOrigins: corsOrigin }),
  });
}

/** `translate=500000`, many times. */
function quota(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, task = '', units = ''] = /^([a-z][a-z0-9-]*)=(\d{1,15})$/.exec(text) ?? [];
  if (task === '')
    throw new InvalidArgumentError('It must be a task and its units, such as translate=500000.');
  return { ...before, [task]: Number(units) };
}
