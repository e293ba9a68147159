#!/usr/bin/env node
import { Command } from 'commander';
import { exitCodeOf, explain, StartupError, version } from '#process';
import { registerAudit } from './commands/audit.command.js';
import { registerBackup } from './commands/backup.command.js';
import { registerCluster } from './commands/cluster.command.js';
import { registerDemo } from './commands/demo.command.js';
import { registerGpuCheck } from './commands/gpu-check.command.js';
import { registerInvoices } from './commands/invoices.command.js';
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
  .version(version, '-v, --version')
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
registerInvoices(program);
registerMetering(program);
registerAudit(program);

/** As a shell tells it of a program that SIGPIPE ended, which Node ignores. */
const brokenPipeExitCode = 141;
// Whoever reads what is printed has had enough (`| head`): nothing is wrong, and nothing is left to be said.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(brokenPipeExitCode);
  process.stderr.write(`inferway: ${explain(error)}\n`);
  process.exit(exitCodeOf(error));
});

try {
  await program.parseAsync();
} catch (error) {
  const known = isLeftOut(error) ? otherImage(error) : error;
  process.stderr.write(`inferway: ${explain(known)}\n`);
  // What a library still waits for, such as the next attempt to reach a collector that is down, must not keep a program alive.
  process.exit(exitCodeOf(known));
}

/** A package is not here: the images of a cluster's programs hold what those run on, and no more (images.json). */
function isLeftOut(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}

function otherImage({ message }: Error): StartupError {
  const [what] = message.split(' imported from');
  return new StartupError(
    `This image has no part in that command (${what}): run it in the image of the other program, or of serve`,
    69,
  );
}
