import { loadProxyConfig, loadServeConfig } from '#config';
import type { ModelRepository } from '#inference';
import { StartupError } from '#process';
import { printResult } from '../commands/print-result.js';
import { useDownloadProxy } from '../hub/download-proxy.js';
import { checkPack, withFetchedPack } from './fetch-pack.js';
import { packModels, unpackModels } from './model-pack.js';
import { openModels } from './open-models.js';

/** `inferway models list`. */
export async function listModels({ json }: { json?: boolean }): Promise<void> {
  const repository = await openModels(directory());
  printResult(repository.list().map(summary), json);
}

/** `inferway models verify`. */
export async function verifyModels(): Promise<void> {
  const repository = await openModels(directory(), { trustCache: false });
  process.stdout.write(`${repository.list().length} models are as their manifests say\n`);
}

/** `inferway models pack`. */
export async function writePack(file: string): Promise<void> {
  const repository = await openModels(directory(), { trustCache: false });
  process.stdout.write(`${await packModels(repository, directory(), file)} written\n`);
}

/** `inferway models unpack`. */
export async function installPack(file: string, { sha256 }: { sha256?: string }): Promise<void> {
  const target = directory();
  const url = /^https?:\/\//.test(file) && URL.canParse(file) ? new URL(file) : undefined;
  if (url !== undefined && sha256 === undefined)
    throw new StartupError(`Say with --sha256 what ${url.href} must be: models are code`);
  if (url !== undefined) useDownloadProxy(loadProxyConfig());
  if (url === undefined && sha256 !== undefined) await checkPack(file, sha256);
  const repository =
    url === undefined || sha256 === undefined
      ? await unpackModels(file, target)
      : await withFetchedPack({ url, sha256 }, target, (path) => unpackModels(path, target, url.href));
  process.stdout.write(`${repository.list().length} models installed in ${target}\n`);
}

function directory(): string {
  return loadServeConfig().engines.models;
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
