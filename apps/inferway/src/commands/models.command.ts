import type { Command } from 'commander';
import { loadServeConfig } from '#config';
import { ModelRepository } from '#inference';
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
    .description('Install the models of a pack file')
    .action(async (file: string) => {
      const { models: directory } = loadServeConfig().engines;
      const repository = await unpackModels(file, directory);
      process.stdout.write(`${repository.list().length} models installed in ${directory}\n`);
    });
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
