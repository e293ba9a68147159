import type { Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { none, numberOr, withNulls, type NumberOrNone } from './options.js';
import { printPages } from './print-pages.js';
import { printResult } from './print-result.js';
import { toMicros } from './prices.command.js';

interface JsonOption {
  json?: boolean;
}
interface Settings {
  name?: string;
  plan?: string;
  weight?: NumberOrNone;
  retentionDays?: NumberOrNone;
  budget?: NumberOrNone;
}

export function registerTenants(program: Command): void {
  const tenants = program
    .command('tenants')
    .description('Who may use this installation; works while the server or the cluster runs');
  withSettings(tenants.command('create <name>').description('Create a tenant')).action(
    async (name: string, { json, ...settings }: Settings & JsonOption) => {
      printResult(await runAdminCommand('tenants.create', { name, ...toInput(settings) }), json);
    },
  );
  withSettings(
    tenants
      .command('change <tenantId>')
      .description('Change what is given; the rest stays')
      .option('--name <name>', 'another name'),
  ).action(async (id: string, { json, ...settings }: Settings & JsonOption) => {
    printResult(await runAdminCommand('tenants.change', { id, ...toInput(settings) }), json);
  });
  tenants
    .command('list')
    .description('List tenants')
    .option('--json', 'print JSON')
    .action((options: JsonOption) => printPages('tenants.list', 'tenants', options));
  const actions = {
    show: 'Show a tenant',
    suspend: 'Refuse its keys, within a second; what was accepted goes on',
    resume: 'Accept its keys again',
    delete: 'Erase a suspended tenant, its jobs, results, webhooks and keys; its usage stays',
  } as const;
  for (const action of ['show', 'suspend', 'resume', 'delete'] as const) {
    tenants
      .command(`${action} <tenantId>`)
      .description(actions[action])
      .option('--json', 'print JSON')
      .action(async (id: string, { json }: JsonOption) => {
        printResult(await runAdminCommand(`tenants.${action}`, { id }), json);
      });
  }
}

function withSettings(command: Command): Command {
  return command
    .option('--plan <planId>', 'its plan')
    .option(
      '--weight <number>',
      'fair share relative to other tenants, or `plan`: as its plan',
      numberOr('plan'),
    )
    .option('--retention-days <days>', 'how long its jobs are kept, or `plan`: as its plan', numberOr('plan'))
    .option(
      '--budget <decimal>',
      'prepaid money in the currency of the installation, such as 250.00, or `none`',
      (text) => (text === 'none' ? none : toMicros(text)),
    )
    .option('--json', 'print JSON');
}

function toInput({ plan, ...same }: Settings): object {
  return withNulls({ ...same, ...(plan !== undefined && { planId: plan }) });
}
