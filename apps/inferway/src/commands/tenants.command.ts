import type { Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { printResult } from './print-result.js';

interface CreateOptions {
  weight?: number;
  retentionDays?: number;
  json?: boolean;
}

export function registerTenants(program: Command): void {
  const tenants = program
    .command('tenants')
    .description('Who may use this installation; works while the server runs');
  tenants
    .command('create <name>')
    .description('Create a tenant')
    .option('--weight <number>', "fair share relative to other tenants; without it the plan's", Number)
    .option('--retention-days <days>', 'how long its jobs are kept; without it as the plan says', Number)
    .option('--json', 'print JSON')
    .action(async (name: string, { json, ...options }: CreateOptions) => {
      printResult(await runAdminCommand('tenants.create', { name, ...options }), json);
    });
  tenants
    .command('list')
    .description('List tenants')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      printResult(await runAdminCommand('tenants.list', {}), json);
    });
}
