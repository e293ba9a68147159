import { z } from 'zod';
import { defineTask, modelChoice } from '#contracts';
import { imageField, onePixel } from '../image-fields.js';

const input = z.object({
  image: imageField(),
  topK: z.int().min(1).max(100).default(5).describe('Most labels to give'),
  model: modelChoice().optional(),
});

const label = z
  .object({ label: z.string(), score: z.number().min(0).max(1).describe('probability') })
  .meta({ id: 'Label' });

const output = z.object({ labels: z.array(label).describe('best first') });

export const classifyImage = defineTask({
  id: 'classify-image',
  summary: 'Name what a photo shows (1,000 classes)',
  path: '/v1/images/classify',
  field: 'classifyImage',
  input,
  output,
  item: z.object({ image: z.instanceof(Uint8Array), topK: z.int() }),
  itemOutput: output,
  unit: 'images',
  timeoutMs: 10_000,
  example: { image: onePixel, topK: 3 },
  split: ({ model: _, ...item }) => ({ items: [item], partial: false }),
  amount: () => 1,
  reply([outcome]) {
    return outcome?.ok ? outcome.output : { labels: [] };
  },
});
