import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create, list } from 'tar';
import { ModelRepository } from '#inference';
import { modelsDirectory } from '#testing';
import { packModels, unpackModels } from './model-pack.js';

const name = 'efficientnet-lite0';
let folder: string;
let models: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inferway-pack-'));
  models = join(folder, 'models');
  await cp(join(modelsDirectory(name), name), join(models, name), { recursive: true, dereference: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function pack(file = join(folder, 'models.pack')): Promise<string> {
  return packModels(await ModelRepository.open(models), models, file);
}

describe('a pack of models', () => {
  it('has the same bytes whatever permissions its files had', async () => {
    const before = await readFile(await pack());
    await chmod(join(models, name), 0o700);
    await chmod(join(models, name, 'labels.json'), 0o600);
    expect(before.equals(await readFile(await pack()))).toBe(true);
  });

  it('holds what manifests list, and nothing else that lies in their folders', async () => {
    await writeFile(join(models, name, 'notes.txt'), 'of the operator');
    const packed: string[] = [];
    await list({ file: await pack(), onReadEntry: ({ path }) => void packed.push(path) });
    expect(packed).toContain(`${name}/manifest.json`);
    expect(packed).not.toContain(`${name}/notes.txt`);
  });

  it('holds the files of a model that is a link to elsewhere', async () => {
    await rename(join(models, name), join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(models, name));
    const file = await pack();
    await rm(join(folder, 'elsewhere'), { recursive: true });
    const installed = await unpackModels(file, join(folder, 'installed'));
    expect(installed.list().map((model) => model.name)).toEqual([name]);
  });

  it('that could not be written leaves the one of before, and no part of itself', async () => {
    const file = await pack();
    const before = await readFile(file);
    const repository = await ModelRepository.open(models);
    await rm(join(models, name, 'model.int8.onnx'));
    await expect(packModels(repository, models, file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(before.equals(await readFile(file))).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['models', 'models.pack']);
  });

  it('whose models are not as their manifests say is named with what is wrong, and replaces nothing', async () => {
    const altered = join(folder, 'altered');
    await cp(models, altered, { recursive: true });
    await writeFile(join(altered, name, 'labels.json'), '[]');
    const file = join(folder, 'altered.pack');
    await create({ file, cwd: altered, gzip: true }, [name]);
    await expect(unpackModels(file, models)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /^\S+\/altered\.pack cannot be installed, and nothing was changed:\n {2}- efficientnet-lite0\/labels\.json: has 2 bytes.*\nGet a pack/,
      ),
    });
    await expect(ModelRepository.open(models, { trustCache: false })).resolves.toBeDefined();
    expect((await readdir(models)).filter((entry) => entry.startsWith('.unpack'))).toEqual([]);
  });

  it('with a model of a task that this version does not know is refused by its name, and replaces nothing', async () => {
    const newer = join(folder, 'newer');
    await cp(models, newer, { recursive: true });
    const manifest = join(newer, name, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"classify-image"', '"describe-image"'));
    const file = join(folder, 'newer.pack');
    await create({ file, cwd: newer, gzip: true }, [name]);
    await expect(unpackModels(file, models)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /nothing was changed:\n {2}- efficientnet-lite0: its task describe-image is unknown to this version, which knows translate, /,
      ),
    });
    expect(await readFile(join(models, name, 'manifest.json'), 'utf8')).toContain('"classify-image"');
  });

  it('installs its models beside one of a newer version, and says of no other that it installed it', async () => {
    const file = await pack();
    const newer = join(models, 'newer');
    await cp(join(models, name), newer, { recursive: true });
    const manifest = await readFile(join(newer, 'manifest.json'), 'utf8');
    await writeFile(join(newer, 'manifest.json'), manifest.replace('"schemaVersion": 1', '"schemaVersion": 2'));
    expect((await unpackModels(file, models)).list().map((model) => model.name)).toEqual([name]);
  });

  it('replaces a link that leads nowhere', async () => {
    const file = await pack();
    const installed = join(folder, 'installed');
    await mkdir(installed);
    await symlink(join(folder, 'gone'), join(installed, name));
    expect((await unpackModels(file, installed)).list().map((model) => model.name)).toEqual([name]);
  });

  it('that is none is named by where it came from', async () => {
    const file = join(folder, 'pack.tgz');
    await writeFile(file, 'not a pack');
    const origin = 'https://models.example/pack.tgz';
    await expect(unpackModels(file, models, origin)).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(/^https:\/\/models\.example\/pack\.tgz is not a pack of models/),
    });
  });
});
