import { InvalidArgumentError, type Command } from 'commander';
import { registerPull } from './pull.command.js';

/** Loaded when one of them runs: a gateway's image has neither engines nor models. */
const actions = () => import('../models/model.actions.js');

export function registerModels(program: Command): void {
  const models = program.command('models').description('The models on this machine');
  models
    .command('list')
    .description('List the models, their licences and sizes')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => (await actions()).listModels(options));
  models
    .command('verify')
    .description('Check every file of every model against its manifest')
    .action(async () => (await actions()).verifyModels());
  registerPull(models);
  models
    .command('pack <file>')
    .description('Write all models to one file, for a machine without Python or network')
    .action(async (file: string) => (await actions()).writePack(file));
  models
    .command('unpack <file>')
    .description('Install the models of a pack: a file, or an http(s) address')
    .option('--sha256 <digits>', 'what the pack must have as its SHA-256; an address needs it', parseSha256)
    .action(async (file: string, options: { sha256?: string }) =>
      (await actions()).installPack(file, options),
    );
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It has 64 hexadecimal digits.');
  return text.toLowerCase();
}
