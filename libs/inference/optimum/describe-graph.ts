import type { GraphSpec, TensorSpec } from '../models/manifest.js';
import type { FoundGraph, FoundTensor } from './inspect-graphs.js';
import { UnsupportedModelError } from './unsupported-model.error.js';

type Dimension = TensorSpec['dims'][number];

/** What a tensor's varying dimensions mean, the batch apart; undefined when nothing is known of them. */
export type MeaningOf = (tensor: string, index: number) => Dimension | undefined;

/** Values that a manifest adds to inputs: what fills them past a row's end, or where a row has none. */
export type Fillings = Readonly<Record<string, { pad?: number; absent?: number }>>;

const dtypes: ReadonlyMap<string, TensorSpec['dtype']> = new Map([
  ['float32', 'float32'],
  ['int32', 'int32'],
  ['int64', 'int64'],
  ['int8', 'int8'],
  ['uint8', 'uint8'],
  ['bool', 'bool'],
]);

/** A graph as a manifest describes it. @throws UnsupportedModelError for tensors that no engine could fill or read */
export function describeGraph(
  { inputs, outputs }: FoundGraph,
  meaningOf: MeaningOf,
  fillings: Fillings = {},
): GraphSpec {
  return {
    inputs: inputs.map((tensor) => ({ ...describeTensor(tensor, meaningOf), ...fillings[tensor.name] })),
    outputs: outputs.map((tensor) => describeTensor(tensor, meaningOf)),
  };
}

/** Encoders and single-pass models: the second dimension of everything is the text. */
export const textMeaning: MeaningOf = (_tensor, index) => (index === 1 ? 'sequence' : undefined);

/** Decoders with a cache, step by step: one token in, one row of logits out. */
export const decoderMeaning: MeaningOf = (tensor, index) => {
  if (tensor === 'input_ids' || tensor === 'logits') return index === 1 ? 1 : undefined;
  if (/^(?:past_key_values|present)\./.test(tensor))
    return index === 2 ? (tensor.includes('.encoder.') ? 'sequence' : 'past') : undefined;
  return textMeaning(tensor, index);
};

function describeTensor({ name, type, shape }: FoundTensor, meaningOf: MeaningOf): TensorSpec {
  const dtype = dtypes.get(type);
  if (dtype === undefined)
    throw new UnsupportedModelError(
      `its tensor ${name} is of type ${type}, which the engine cannot exchange; choose another --variant`,
    );
  const dims = shape.map((size, index): Dimension => {
    if (typeof size === 'number') return size;
    const meaning = index === 0 ? 'batch' : meaningOf(name, index);
    if (meaning !== undefined) return meaning;
    throw new UnsupportedModelError(
      `its tensor ${name} varies in dimension ${index + 1} (${size || 'unnamed'})`,
    );
  });
  if (dtype !== 'bool' && dims[0] !== 'batch')
    throw new UnsupportedModelError(`its tensor ${name} has a fixed batch; export it with a dynamic one`);
  return { name, dtype, dims };
}
