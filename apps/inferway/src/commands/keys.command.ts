import type { Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { printResult } from './print-result.js';

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('API keys of tenants; works while the server runs');
  keys
    .command('create <tenantId>')
    .description('Create a key and show it, once')
    .option('--name <name>', 'what the key is for', 'unnamed')
    .option('--admin', 'make an admin key')
    .option('--json', 'print JSON')
    .action(
      async (tenantId: string, { name, admin, json }: { name: string; admin?: boolean; json?: boolean }) => {
        const role = admin === true ? 'admin' : 'tenant';
        printResult(await runAdminCommand('keys.create', { tenantId, name, role }), json);
      },
    );
  keys
    .command('list')
    .description('List keys; their secrets are not stored')
    .option('--tenant <tenantId>', 'only of this tenant')
    .option('--json', 'print JSON')
    .action(async ({ tenant, json }: { tenant?: string; json?: boolean }) => {
      printResult(await runAdminCommand('keys.list', tenant === undefined ? {} : { tenantId: tenant }), json);
    });
  keys
    .command('revoke <keyId>')
    .description('Revoke a key; it stops working within a second')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: boolean }) => {
      printResult(await runAdminCommand('keys.revoke', { id }), json);
    });
}
