import { chmod, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { TensorSpec } from '../models/manifest.js';
import { prepackedFile, weightsFile } from '../prepacked/prepacked-place.js';
import { openGraph } from './open-graph.js';
import { prepackedOptions } from './session-options.js';
import { allocate, dimsOf, type BatchSizes, type TensorData } from './tensor-layout.js';

/** A graph file and where its prepacked copy goes. */
export interface PrepackOrder {
  graph: string;
  inputs: readonly TensorSpec[];
  directory: string;
}

/**
 * Smaller weights stay in the graph, and so in each host. With 1 kB a float matrix of 384 × 2 was packed too, and
 * onnxruntime 1.30 crashed when it read it back.
 */
const minWeightBytes = 65_536;
/** Shapes that both graphs are run with. */
const trials: readonly BatchSizes[] = [
  { batch: 1, sequence: 3, past: 1 },
  { batch: 3, sequence: 17, past: 5 },
];

/** The copy does not give the bits of its graph. */
export class DifferentCopyError extends Error {
  override readonly name = 'DifferentCopyError';
}

/**
 * Saves a graph as onnxruntime has optimised and packed it for this processor, with its weights in a file that every
 * process maps into memory (`session.save_external_prepacked_constant_initializers`). It appears at its place whole, and
 * once it has given the same bits as the graph.
 *
 * @throws DifferentCopyError, and what the file system or onnxruntime says
 */
export async function prepackGraph({ graph, inputs, directory }: PrepackOrder): Promise<void> {
  const draft = await mkdtemp(join(dirname(directory), `.${basename(directory)}.`));
  try {
    await saveCopy(graph, inputs, draft);
    for (const file of await readdir(draft)) await sync(join(draft, file));
    // Where a file system keeps no permissions there is nothing to open.
    await openToReadersOf(graph, draft).catch(() => undefined);
    // A folder without its graph, as a cleaner of old files leaves it, would refuse every copy.
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function saveCopy(graph: string, inputs: readonly TensorSpec[], draft: string): Promise<void> {
  const path = join(draft, prepackedFile);
  const original = await openGraph({
    path: graph,
    inputs,
    provider: 'cpu',
    options: { logSeverityLevel: 3, optimizedModelFilePath: path },
    config: {
      save_external_prepacked_constant_initializers: '1',
      optimized_model_external_initializers_file_name: weightsFile,
      optimized_model_external_initializers_min_size_in_bytes: String(minWeightBytes),
    },
  });
  // Memory of sessions is not the garbage collector's to see.
  try {
    const copy = await InferenceSession.create(path, prepackedOptions);
    try {
      for (const [seed, sizes] of trials.entries()) {
        const feeds = trialFeeds(inputs, sizes, seed + 1);
        if (!sameBits(await original.run(feeds), await copy.run(feeds)))
          throw new DifferentCopyError('the copy answers differently');
      }
    } finally {
      await copy.release();
    }
  } finally {
    await original.release();
  }
}

/** Whole numbers are 0 or 1, which every graph takes for ids, masks and positions; the same every time. */
function trialFeeds(inputs: readonly TensorSpec[], sizes: BatchSizes, seed: number): Record<string, Tensor> {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return Object.fromEntries(
    inputs.map(({ name, dtype, dims }) => {
      const shape = dimsOf({ dims }, sizes);
      const data = allocate(
        dtype,
        shape.reduce((size, dim) => size * dim, 1),
      );
      fill(data, dtype, next);
      return [name, new Tensor(dtype, data, shape)];
    }),
  );
}

function fill(data: TensorData, dtype: TensorSpec['dtype'], next: () => number): void {
  for (let i = 0; i < data.length; i++) {
    const random = next();
    if (data instanceof BigInt64Array) data[i] = BigInt(Math.round(random));
    else if (dtype === 'float32') data[i] = random * 2 - 1;
    else data[i] = dtype === 'uint8' ? Math.floor(random * 256) : Math.round(random);
  }
}

function sameBits(
  expected: InferenceSession.OnnxValueMapType,
  found: InferenceSession.OnnxValueMapType,
): boolean {
  return Object.entries(expected).every(([name, value]) => {
    const other = found[name];
    return other !== undefined && Buffer.compare(bytesOf(value), bytesOf(other)) === 0;
  });
}

function bytesOf({ data }: InferenceSession.OnnxValueMapType[string]): Buffer {
  if (!ArrayBuffer.isView(data)) throw new Error('an output is no array of numbers');
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** A draft is its maker's alone. Left so, a server of another user, which reads the models, could not read the copy. */
async function openToReadersOf(graph: string, draft: string): Promise<void> {
  const { mode } = await stat(graph);
  const readable = mode & 0o444;
  for (const file of await readdir(draft)) await chmod(join(draft, file), readable | 0o600);
  // Whoever may read it may enter it.
  await chmod(draft, readable | (readable >> 2) | 0o700);
}

/** On the disk before its name says that it is whole. */
async function sync(path: string): Promise<void> {
  const file = await open(path);
  await file.sync();
  await file.close();
}
