import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

describe('A model that another one leads', () => {
  it('is refused where that one is not served, naming both', async () => {
    const alone = ModelRepository.open(modelsDirectory('person-matting'), { only: ['person-matting'] });
    await expect(alone).rejects.toThrow('person-matting: needs nanodet-g, which is not served here');
  });
});
