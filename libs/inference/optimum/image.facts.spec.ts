import { describe, expect, it } from '@jest/globals';
import { classifyImageFacts } from './image.facts.js';
import type { Settings } from './read-settings.js';

const tensor = (name: string, shape: (number | string)[]) => ({ name, type: 'float32', shape });
const graphs = {
  main: {
    inputs: [tensor('pixel_values', ['batch', 'channels', 'height', 'width'])],
    outputs: [tensor('logits', ['batch', 3])],
  },
};
const options = { name: 'pets', task: 'classify-image' };
const settings = (preprocessor: NonNullable<Settings['preprocessor']>): Settings => ({
  config: { model_type: 'vit', id2label: { '10': 'cow', '2': 'dog', '0': 'cat' } },
  generation: {},
  pooling: undefined,
  sentence: undefined,
  tokenizer: undefined,
  preprocessor,
});

describe('An image classifier of the hub', () => {
  it('gets its sizes, labels in order of their numbers, and its channel statistics', () => {
    const facts = classifyImageFacts({
      graphs,
      options,
      settings: settings({
        size: { shortest_edge: 256 },
        crop_size: { height: 224, width: 224 },
        image_mean: [0.4, 0.5, 0.6],
        image_std: [0.1, 0.2, 0.3],
      }),
    });
    expect(facts.graphs['main']?.inputs[0]?.dims).toEqual(['batch', 3, 224, 224]);
    expect(facts.written).toEqual({ 'labels.json': '["cat","dog","cow"]\n' });
    expect(facts.image).toMatchObject({
      width: 224,
      cropFraction: 0.875,
      normalise: { scale: 1 / 255, mean: [0.4, 0.5, 0.6], deviation: [0.1, 0.2, 0.3] },
    });
    expect(facts.derived).toEqual({ how: 'softmax', from: 'logits', to: 'probabilities' });
  });

  it('sees the whole square where nothing is cropped, and plain pixels where nothing is normalised', () => {
    const { image } = classifyImageFacts({
      graphs,
      options,
      settings: settings({ size: 224, do_normalize: false }),
    });
    expect(image).toMatchObject({ cropFraction: 1, normalise: { mean: [0, 0, 0], deviation: [1, 1, 1] } });
  });

  it('is refused without labels or sizes, or with photos that are not square', () => {
    const classify = (given: Settings) => () => classifyImageFacts({ graphs, options, settings: given });
    const plain = settings({ size: 224 });
    expect(classify({ ...plain, config: { model_type: 'vit' } })).toThrow('no id2label');
    expect(classify(settings({}))).toThrow('names no size');
    expect(classify(settings({ size: { height: 10, width: 20 } }))).toThrow('not square');
  });
});
