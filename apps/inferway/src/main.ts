#!/usr/bin/env node
import { Command } from 'commander';
import { exitCodeOf, explain } from '#process';
import { registerAudit } from './commands/audit.command.js';
import { registerBackup } from './commands/backup.command.js';
import { registerCluster } from './commands/cluster.command.js';
import { registerDemo } from './commands/demo.command.js';
import { registerGpuCheck } from './commands/gpu-check.command.js';
import { registerKeys } from './commands/keys.command.js';
import { registerMetering } from './commands/metering.command.js';
import { registerMigrate } from './commands/migrate.command.js';
import { registerModels } from './commands/models.command.js';
import { registerPlans } from './commands/plans.command.js';
import { registerPrices } from './commands/prices.command.js';
import { registerServe } from './commands/serve.command.js';
import { registerTenants } from './commands/tenants.command.js';

const program = new Command('inferway')
  .description('Translation, question answering, embeddings and image analysis behind one API')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError();

registerServe(program);
registerCluster(program);
registerDemo(program);
registerMigrate(program);
registerBackup(program);
registerModels(program);
registerGpuCheck(program);
registerTenants(program);
registerKeys(program);
registerPlans(program);
registerPrices(program);
registerMetering(program);
registerAudit(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`inferway: ${explain(error)}\n`);
  process.exitCode = exitCodeOf(error);
}
