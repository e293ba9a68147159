import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeImageAside, type ModelHandle } from '#inference';
import { preferredModel } from '../preferred-model.js';
import { definePipeline } from '../pipeline.js';
import { classifyImage } from './contract.js';

export const classifyImagePipeline = definePipeline(classifyImage, async (models) => {
  const model = preferredModel(models, 'classify-image');
  const { image: imageSpec } = model.manifest;
  if (imageSpec === undefined)
    throw new Error(`${model.ref} classifies images but its manifest says not how to read them`);
  const [input] = model.manifest.graphs['main']?.inputs ?? [];
  if (input === undefined) throw new Error(`${model.ref} names no input for its pixels`);
  const labels = await readLabels(model);
  return async ({ image, topK }, run) => {
    const pixels = await decodeImageAside(image, imageSpec, run.signal);
    const { probabilities = new Float32Array() } = await run.infer(model, { [input.name]: pixels });
    return { output: { labels: best(probabilities, labels, topK) }, model: model.ref };
  };
});

async function readLabels(model: ModelHandle): Promise<string[]> {
  const path = join(model.directory, model.manifest.labels ?? 'labels.json');
  return z.array(z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
}

/** The `topK` likeliest classes, best first; kept in order while they are found, as sorting them all takes 0.2 ms. */
function best(probabilities: ArrayLike<number>, labels: readonly string[], topK: number) {
  const top: { label: string; score: number }[] = [];
  for (let index = 0; index < probabilities.length; index++) {
    const score = probabilities[index] ?? 0;
    if (top.length === topK && score <= (top[topK - 1]?.score ?? 0)) continue;
    const place = top.findIndex((other) => score > other.score);
    top.splice(place === -1 ? top.length : place, 0, { label: labels[index] ?? `class ${index}`, score });
    if (top.length > topK) top.pop();
  }
  return top;
}
