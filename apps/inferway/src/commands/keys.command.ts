import type { Command } from 'commander';
import { runAdminCommand } from '../admin/run-admin-command.js';
import { gather } from './options.js';
import { printPages } from './print-pages.js';
import { printResult } from './print-result.js';

interface JsonOption {
  json?: boolean;
}
interface CreateOptions extends JsonOption {
  name?: string;
  admin?: boolean;
  scope?: string[];
  origin?: string[];
  network?: string[];
  expires?: string;
}

export function registerKeys(program: Command): void {
  const keys = program
    .command('keys')
    .description('API keys of tenants; works while the server or the cluster runs');
  registerCreate(keys);
  keys
    .command('list')
    .description('List keys; their secrets are not stored')
    .option('--tenant <tenantId>', 'only of this tenant')
    .option('--json', 'print JSON')
    .action(({ tenant, json }: { tenant?: string } & JsonOption) =>
      printPages('keys.list', 'keys', { json, ...(tenant !== undefined && { tenantId: tenant }) }),
    );
  keys
    .command('show <keyId>')
    .description('Show a key')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: JsonOption) => {
      printResult(await runAdminCommand('keys.show', { id }), json);
    });
  keys
    .command('rotate <keyId>')
    .description('Make a key that may do the same, and let the old one expire after a time')
    .option('--overlap <seconds>', 'how long the old key goes on; a day without it', Number)
    .option('--json', 'print JSON')
    .action(async (id: string, { overlap, json }: { overlap?: number } & JsonOption) => {
      const input = { id, ...(overlap !== undefined && { overlapS: overlap }) };
      printResult(await runAdminCommand('keys.rotate', input), json);
    });
  keys
    .command('revoke <keyId>')
    .description('Revoke a key; it stops working everywhere within two seconds')
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: JsonOption) => {
      printResult(await runAdminCommand('keys.revoke', { id }), json);
    });
}

function registerCreate(keys: Command): void {
  keys
    .command('create <tenantId>')
    .description('Create a key and show it, once')
    .option('--name <name>', 'what the key is for')
    .option('--admin', 'make an admin key')
    .option('--scope <scope>', 'a task or such as jobs:read, many times; without it all', gather)
    .option('--origin <origin>', 'only pages of this origin may use it, many times', gather)
    .option('--network <network>', 'only from this address or CIDR network, many times', gather)
    .option('--expires <time>', 'RFC 3339, such as 2027-01-01T00:00:00Z')
    .option('--json', 'print JSON')
    .action(async (tenantId: string, { json, ...options }: CreateOptions) => {
      printResult(await runAdminCommand('keys.create', { tenantId, ...toInput(options) }), json);
    });
}

function toInput({ name, admin, scope, origin, network, expires }: CreateOptions): object {
  return {
    ...(name !== undefined && { name }),
    ...(admin === true && { role: 'admin' }),
    ...(scope !== undefined && { scopes: scope }),
    ...(origin !== undefined && { allowedOrigins: origin }),
    ...(network !== undefined && { allowedNetworks: network }),
    ...(expires !== undefined && { expiresAt: expires }),
  };
}
