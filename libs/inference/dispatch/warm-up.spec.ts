import { afterEach, describe, expect, it } from '@jest/globals';
import { modelsDirectory } from '#testing';
import type { LoadedModel } from '../engine/engine.messages.js';
import { ModelRepository } from '../models/model-repository.js';
import type { EngineLink, EngineListener } from './engine-link.js';
import { engineHosts } from './engine-process.js';
import { boundRows } from './served-models.js';

const deaf: EngineListener = {
  onReport: () => undefined,
  onDropped: () => undefined,
  onCopyLost: () => undefined,
  onExit: () => undefined,
};

async function load(name: string): Promise<LoadedModel[]> {
  const models = await ModelRepository.open(modelsDirectory(name), { only: [name] });
  return models.list().map((model) => boundRows(model));
}

describe('the warm-up of engine hosts', () => {
  const links: EngineLink[] = [];
  const open = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
  const samplesOf = (link: EngineLink) => {
    links.push(link);
    return link.ready;
  };
  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.stop(1_000)));
  });

  it('times one of those that start side by side for all, and none that comes later', async () => {
    const models = [...(await load('cell-nuclei')), ...(await load('minilm-l6'))];
    const [timed, beside] = await Promise.all([samplesOf(open(models, deaf)), samplesOf(open(models, deaf))]);
    expect(timed.map(({ rows, length }) => [rows, length])).toEqual([
      ...[[1, 1]],
      ...[
        [8, 16],
        [1, 128],
        [1, 64],
        [1, 16],
      ],
    ]);
    expect(beside).toEqual([]);
    expect(await samplesOf(open(models, deaf))).toEqual([]);
  });

  it('times another one when the first to be timed is lost', async () => {
    const models = await load('cell-nuclei');
    const openAnew = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
    const lost = openAnew(models, deaf);
    lost.kill('lost');
    await expect(lost.ready).rejects.toThrow('lost');
    expect(await samplesOf(openAnew(models, deaf))).toHaveLength(1);
  });

  it('measures the curve of a model whose manifest has none', async () => {
    const openAnew = engineHosts({ variant: 'cpu', startTimeoutMs: 60_000 });
    const [model] = await load('cell-nuclei');
    if (model === undefined) throw new Error('no model');
    const { manifest } = model;
    const unmeasured = { ...model, manifest: { ...manifest, batching: { ...manifest.batching, curve: [] } } };
    const samples = await samplesOf(openAnew([unmeasured], deaf));
    expect(samples.map(({ rows }) => rows)).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  });
});
