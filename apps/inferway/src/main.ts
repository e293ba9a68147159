#!/usr/bin/env node
import { Command } from 'commander';
import { AppError } from '#kernel';
import { registerDemo } from './commands/demo.command.js';
import { registerKeys } from './commands/keys.command.js';
import { registerModels } from './commands/models.command.js';
import { registerServe } from './commands/serve.command.js';
import { registerTenants } from './commands/tenants.command.js';
import { StartupError } from './serve/home.js';

const program = new Command('inferway')
  .description('Translation, question answering, embeddings and image analysis behind one API')
  .configureHelp({ sortSubcommands: true })
  .showHelpAfterError();

registerServe(program);
registerDemo(program);
registerModels(program);
registerTenants(program);
registerKeys(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`inferway: ${explain(error)}\n`);
  process.exitCode = error instanceof StartupError ? error.exitCode : 1;
}

/** What an operator can act on is one line; anything else is ours and keeps its stack. */
function explain(error: unknown): string {
  if (error instanceof StartupError || error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
