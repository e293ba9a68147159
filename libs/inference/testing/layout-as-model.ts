import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildManifest } from '../optimum/build-manifest.js';
import { chooseFiles } from '../optimum/choose-files.js';

/** A translator's repository folder as a folder of ours, as a pull leaves it: for specs that need no hub. */
export async function layoutAsModel(repository: string, models: string, name: string): Promise<void> {
  const paths = await readdir(repository, { recursive: true });
  const variants = { cpu: 'fp32', cuda: 'fp32' };
  const { settings, weights, graphs } = chooseFiles(paths, variants);
  const folder = join(models, name);
  await mkdir(folder, { recursive: true });
  for (const file of [...settings, ...weights])
    await copyFile(join(repository, file.path), join(folder, file.name));
  await buildManifest(
    { folder, graphs, variants },
    { repository: 'acme/test', commit: '0'.repeat(40), requestedRevision: 'main', licence: 'MIT' },
    { name, task: 'translate', languages: { source: 'en', target: 'fr' } },
  );
}
