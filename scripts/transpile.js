/**
 * transpile.js FOLDER: the TypeScript of a checkout to its dist/, without a look at its types: seconds, where the build of a
 * product takes half a minute. For programs whose types were checked when they were the newest (`build-previous.sh`).
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { transformFile } from '@swc/core';

const [, , root = '.'] = process.argv;
const sources = [];
for (const folder of ['apps', 'libs', 'bench'])
  for (const name of await readdir(join(root, folder), { recursive: true }))
    if (/(?<!\.spec|\.d)\.ts$/.test(name)) sources.push(join(folder, name));

for (const source of sources) {
  const { code } = await transformFile(join(root, source), { configFile: join(root, '.swcrc') });
  const target = join(root, 'dist', source.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
