import type { ImageSpec } from '../models/manifest.js';
import { describeGraph } from './describe-graph.js';
import type { ModelFacts, ModelSources } from './model-facts.js';
import type { Settings } from './read-settings.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

const input = 'pixel_values';
const channels = 3;
const byteScale = 1 / 255;

type Preprocessor = NonNullable<Settings['preprocessor']>;
type Side = NonNullable<Preprocessor['size']>;

/** A model that names what a photo shows. @throws UnsupportedModelError */
export function classifyImageFacts({ settings, graphs }: ModelSources): ModelFacts {
  const { main } = graphs;
  const { preprocessor, config } = settings;
  if (main?.inputs.length !== 1 || main.inputs[0]?.name !== input)
    throw new UnsupportedModelError(`its graph does not take ${input} alone: it is not an image classifier`);
  if (!main.outputs.some(({ name }) => name === 'logits'))
    throw new UnsupportedModelError('its graph gives no logits: it is not an image classifier');
  if (preprocessor === undefined || config.id2label === undefined || config.id2label === null)
    throw new UnsupportedModelError('it has no preprocessor_config.json, or no id2label in its config.json');
  const side = sideOf(preprocessor);
  const labels = Object.entries(config.id2label)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => label);
  const sizes = ['batch', channels, side, side] as const;
  return {
    runner: 'single-pass',
    graphs: { main: describeGraph(main, (tensor, index) => (tensor === input ? sizes[index] : undefined)) },
    labels: 'labels.json',
    written: { 'labels.json': `${JSON.stringify(labels)}\n` },
    image: imageSpec(preprocessor, side),
    limits: {},
    derived: { how: 'softmax', from: 'logits', to: 'probabilities' },
    notes: [
      'photos are cropped to their centred square and reduced bicubically, whatever its configuration says',
    ],
  };
}

function sideOf({ crop_size: crop, size }: Preprocessor): number {
  const chosen = crop ?? size;
  if (chosen === undefined || chosen === null)
    throw new UnsupportedModelError('its preprocessor_config.json names no size');
  if (typeof chosen === 'object' && 'height' in chosen && chosen.height !== chosen.width)
    throw new UnsupportedModelError('it reads photos that are not square');
  return edge(chosen);
}

function imageSpec(settings: Preprocessor, side: number): ImageSpec {
  const { crop_size: crop, size, crop_pct, do_center_crop, do_normalize, rescale_factor } = settings;
  const cropped = (do_center_crop ?? true) && crop && size ? Math.min(1, edge(crop) / edge(size)) : 1;
  const plain = do_normalize === false;
  return {
    width: side,
    height: side,
    resize: 'centre-crop',
    cropFraction: crop_pct ?? cropped,
    interpolation: 'bicubic',
    normalise: {
      scale: rescale_factor ?? byteScale,
      mean: plain ? [0, 0, 0] : (settings.image_mean ?? [0.5, 0.5, 0.5]),
      deviation: plain ? [1, 1, 1] : (settings.image_std ?? [0.5, 0.5, 0.5]),
    },
  };
}

function edge(side: Side): number {
  if (typeof side === 'number') return side;
  return 'shortest_edge' in side ? side.shortest_edge : side.height;
}
