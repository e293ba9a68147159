import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { loadUnigram, type ModelHandle } from '#inference';
import { texts } from '../workloads.js';
import { maskOf, padded } from './padded.js';
import { openGraph, type Feeds } from './sessions.js';
import type { MakeFeeds } from './single-pass.loops.js';

const stateWidth = 256;
const cacheNames = ['mask_bias', 'k1', 'v1', 'k2', 'v2', 'c1', 'c2'] as const;
/** Finished rows leave the batch when at most this share is alive: copying the caches costs too. */
const compactBelow = 0.75;

/** Inputs of the encoder, as `singlePassLoop` takes them. */
export async function encoderFeeds(model: ModelHandle): Promise<MakeFeeds> {
  const tokenizer = await loadUnigram(model);
  return (batch) => {
    const ids = texts
      .map((text) => Int32Array.of(...tokenizer.encode(text), 0))
      .sort((a, b) => a.length - b.length);
    const starts = Array.from({ length: Math.ceil(ids.length / batch) }, (_, i) => i * batch);
    return Promise.resolve(
      starts.map((start) => {
        const part = ids.slice(start, start + batch);
        return { input_ids: padded(part), attention_mask: maskOf(part) };
      }),
    );
  };
}

/** Tokenise all, sort by length, decode batch by batch to the end, back to text: what a script would do. */
export async function translateLoop(model: ModelHandle): Promise<(batch: number) => Promise<number>> {
  const tokenizer = await loadUnigram(model);
  const encoder = await openGraph(model, 'encoder');
  const step = await openGraph(model, 'decoderStep');
  return async (batch) => {
    const ids = texts
      .map((text) => Int32Array.of(...tokenizer.encode(text), 0))
      .sort((a, b) => b.length - a.length);
    let characters = 0;
    for (let start = 0; start < ids.length; start += batch) {
      const outputs = await decode(encoder, step, ids.slice(start, start + batch));
      for (const output of outputs) characters += tokenizer.decode(output).length;
    }
    if (characters === 0) throw new Error('the bare loop translated nothing');
    return ids.length;
  };
}

async function decode(
  encoder: InferenceSession,
  step: InferenceSession,
  rows: Int32Array[],
): Promise<number[][]> {
  let feeds = await encode(encoder, rows);
  let previous = new Int32Array(rows.length).fill(-1);
  let alive = rows.map((_, index) => index);
  const outputs = rows.map((): number[] => []);
  const done = rows.map(() => false);
  for (let position = 0; alive.length > 0; position++) {
    const count = alive.length;
    const found = await step.run({
      ...feeds,
      prev_ids: new Tensor('int32', previous, [count]),
      position: new Tensor('int32', new Int32Array(count).fill(position), [count]),
    });
    const next = found['next_ids']?.data;
    const [c1, c2] = [found['c1_out'], found['c2_out']];
    if (!(next instanceof Int32Array) || c1 === undefined || c2 === undefined)
      throw new Error('unexpected outputs');
    feeds = { ...feeds, c1, c2 };
    alive.forEach((row, at) => {
      const token = next[at] ?? 0;
      if (done[row] === true) return;
      if (token !== 0) outputs[row]?.push(token);
      if (token === 0 || position + 1 >= Math.ceil(2.5 * (rows[row]?.length ?? 0))) done[row] = true;
    });
    previous = next.slice();
    const kept = alive.flatMap((row, at) => (done[row] === true ? [] : [at]));
    if (kept.length > compactBelow * count) continue;
    feeds = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, keepRows(tensor, kept)]));
    previous = Int32Array.from(kept, (at) => previous[at] ?? 0);
    alive = kept.flatMap((at) => alive[at] ?? []);
  }
  return outputs;
}

async function encode(encoder: InferenceSession, rows: Int32Array[]): Promise<Feeds> {
  const found = await encoder.run({ input_ids: padded(rows), attention_mask: maskOf(rows) });
  const states = ['c1', 'c2'].map((name): [string, Tensor] => [
    name,
    new Tensor('float32', new Float32Array(rows.length * stateWidth), [rows.length, stateWidth]),
  ]);
  const all: Record<string, Tensor | undefined> = { ...found, ...Object.fromEntries(states) };
  return Object.fromEntries(
    cacheNames.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]]])),
  );
}

function keepRows(tensor: Tensor, rows: readonly number[]): Tensor {
  const { data, dims } = tensor;
  if (!(data instanceof Float32Array)) throw new Error('a cache must be float32');
  const width = data.length / (dims[0] ?? 1);
  const kept = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    kept.set(data.subarray(row * width, (row + 1) * width), at * width);
  });
  return new Tensor('float32', kept, [rows.length, ...dims.slice(1)]);
}
