import { loadHubConfig, loadProxyConfig, loadServeConfig } from '#config';
import { ModelRepository, type Manifest } from '#inference';
import { useDownloadProxy } from './download-proxy.js';
import { progressOn } from './progress.js';
import { pullModel, type PullRequest } from './pull-model.js';

/** `inferway models pull`. */
export async function pullAndTell(repository: string, request: PullRequest): Promise<void> {
  const { models } = loadServeConfig().engines;
  useDownloadProxy(loadProxyConfig());
  const context = { models, hub: loadHubConfig(), progress: progressOn(process.stderr) };
  process.stdout.write(await outcome(models, await pullModel(repository, request, context)));
}

/** What was installed, and whether it will be the one that answers. */
async function outcome(
  directory: string,
  { name, revision, task, languages, licence }: Manifest,
): Promise<string> {
  const ref = `${name}@${revision}`;
  // Another model that is broken is not this one's fault: the server's start will name it.
  const repository = await ModelRepository.open(directory).catch(() => undefined);
  const rivals = (repository?.forTask(task) ?? []).filter(
    ({ manifest }) => manifest.name !== name && samePair(manifest.languages, languages),
  );
  const pair = languages === undefined ? '' : ` from ${languages.source} to ${languages.target}`;
  const others = rivals.map((model) => model.ref).join(', ');
  const rule =
    rivals.length === 0
      ? ''
      : `It shares ${task}${pair} with ${others}: the higher preference in manifest.json answers, then the first name.\n`;
  return `${ref} installed for ${task}${pair}, licence ${licence.spdx}. Start the server again to serve it.\n${rule}`;
}

function samePair(a: Manifest['languages'], b: Manifest['languages']): boolean {
  return a?.source === b?.source && a?.target === b?.target;
}
