import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { decodeImage, type ModelHandle } from '#inference';
import { onlyModel } from '../only-model.js';
import { definePipeline } from '../pipeline.js';
import { classifyImage } from './contract.js';

export const classifyImagePipeline = definePipeline(classifyImage, async (models) => {
  const model = onlyModel(models, 'classify-image');
  const { image: imageSpec } = model.manifest;
  if (imageSpec === undefined)
    throw new Error(`${model.ref} classifies images but its manifest says not how to read them`);
  const labels = await readLabels(model);
  return async ({ image, topK }, run) => {
    const pixels = await decodeImage(image, imageSpec);
    const { probabilities = new Float32Array() } = await run.infer(model, { pixels });
    return { output: { labels: best(probabilities, labels, topK) }, model: model.ref };
  };
});

async function readLabels(model: ModelHandle): Promise<string[]> {
  const path = join(model.directory, model.manifest.labels ?? 'labels.json');
  return z.array(z.string()).parse(JSON.parse(await readFile(path, 'utf8')));
}

/** The `topK` likeliest classes, best first. */
function best(probabilities: ArrayLike<number>, labels: readonly string[], topK: number) {
  return Array.from(probabilities, (score, index) => ({ label: labels[index] ?? `class ${index}`, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK);
}
