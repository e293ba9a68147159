import { InvalidArgumentError, type Command } from 'commander';
import { loadServeConfig } from '#config';
import { ModelRepository } from '#inference';
import { StartupError } from '#process';
import { withFetchedPack } from '../models/fetch-pack.js';
import { packModels, unpackModels } from '../models/model-pack.js';
import { printResult } from './print-result.js';
import { registerPull } from './pull.command.js';

export function registerModels(program: Command): void {
  const models = program.command('models').description('The models on this machine');
  models
    .command('list')
    .description('List the models, their licences and sizes')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const repository = await ModelRepository.open(loadServeConfig().engines.models);
      printResult(repository.list().map(summary), json);
    });
  models
    .command('verify')
    .description('Check every file of every model against its manifest')
    .action(async () => {
      const repository = await ModelRepository.open(loadServeConfig().engines.models, { trustCache: false });
      process.stdout.write(`${repository.list().length} models are as their manifests say\n`);
    });
  registerPull(models);
  models
    .command('pack <file>')
    .description('Write all models to one file, for a machine without Python or network')
    .action(async (file: string) => {
      const { models: directory } = loadServeConfig().engines;
      await ModelRepository.open(directory, { trustCache: false });
      process.stdout.write(`${await packModels(directory, file)} written\n`);
    });
  models
    .command('unpack <file>')
    .description('Install the models of a pack: a file, or an http(s) address')
    .option('--sha256 <digits>', 'what the file at an address must have as its SHA-256', parseSha256)
    .action(async (file: string, { sha256 }: { sha256?: string }) => {
      const { models: directory } = loadServeConfig().engines;
      const unpack = (path: string) => unpackModels(path, directory);
      const url = /^https?:\/\//.test(file) && URL.canParse(file) ? new URL(file) : undefined;
      if (url !== undefined && sha256 === undefined)
        throw new StartupError(`Say with --sha256 what ${url.href} must be: models are code`);
      const repository =
        url === undefined || sha256 === undefined
          ? await unpack(file)
          : await withFetchedPack({ url, sha256 }, directory, unpack);
      process.stdout.write(`${repository.list().length} models installed in ${directory}\n`);
    });
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It has 64 hexadecimal digits.');
  return text.toLowerCase();
}

function summary({ ref, manifest }: ReturnType<ModelRepository['list']>[number]) {
  const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
  return {
    model: ref,
    task: manifest.task,
    megabytes: (bytes / 1e6).toFixed(1),
    licence: manifest.licence.spdx,
  };
}
