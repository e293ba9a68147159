import { cp, mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import { ModelRepository } from './model-repository.js';

const name = 'minilm-l6';

describe('A model folder without its graph', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'inferway-models-'));
    const needed = ['manifest.json', 'tokenizer.json'];
    for (const file of needed) await cp(join(modelsDirectory(name), name, file), join(root, name, file));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is refused where the graph is to run, naming the file', async () => {
    await expect(ModelRepository.open(root)).rejects.toThrow(`${name}/model.int8.onnx`);
  });

  it('is enough where the graph runs on a server, and what is read here is verified all the same', async () => {
    const models = await ModelRepository.open(root, { elsewhere: [name] });
    expect(models.list().map((model) => model.ref)).toEqual([`${name}@1`]);
    await writeFile(join(root, name, 'tokenizer.json'), '{}');
    await expect(ModelRepository.open(root, { elsewhere: [name] })).rejects.toThrow(`${name}/tokenizer.json`);
  });
});

describe('A volume for models', () => {
  it('may have what its file system keeps there', async () => {
    const root = await mkdtemp(join(tmpdir(), 'inferway-models-'));
    try {
      await mkdir(join(root, 'lost+found'));
      await symlink(join(modelsDirectory(name), name), join(root, name));
      expect((await ModelRepository.open(root)).list().map((model) => model.name)).toEqual([name]);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('A model that another one leads', () => {
  it('is refused where that one is not served, naming both', async () => {
    const alone = ModelRepository.open(modelsDirectory('person-matting'), { only: ['person-matting'] });
    await expect(alone).rejects.toThrow('person-matting: needs nanodet-g, which is not served here');
  });
});

describe('Every file read again', () => {
  const small = 'cell-nuclei';
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'inferway-models-'));
    await cp(join(modelsDirectory(small), small), join(root, small), { recursive: true, dereference: true });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('needs no folder that can be written', async () => {
    await ModelRepository.open(root);
    // A folder in its place cannot be removed as a file, nor be replaced by one: as a read-only volume, also for root.
    await rm(join(root, '.verified.json'));
    await mkdir(join(root, '.verified.json'));
    const models = await ModelRepository.open(root, { trustCache: false });
    expect(models.list().map((model) => model.name)).toEqual([small]);
  });

  it('is believed by the next start, also of a file that had been right before', async () => {
    const labels = join(root, small, 'labels.json');
    const longAgo = new Date(0);
    await utimes(labels, longAgo, longAgo);
    await ModelRepository.open(root);
    const { size } = await stat(labels);
    await writeFile(labels, Buffer.alloc(size, ' '));
    await utimes(labels, longAgo, longAgo);
    await expect(ModelRepository.open(root)).resolves.toBeDefined();
    await expect(ModelRepository.open(root, { trustCache: false })).rejects.toThrow('has sha256');
    await expect(ModelRepository.open(root)).rejects.toThrow('has sha256');
  });
});
