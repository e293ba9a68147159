import { z } from 'zod';
import { defineTask, modelChoice } from '#contracts';
import { box, imageField, onePixel, region } from '../image-fields.js';
import { imageSize } from './image-size.js';
import { looksAt, maxTiles, tileOverlap, tileSide } from './tile-grid.js';

const options = {
  minScore: z.number().min(0).max(1).default(0.35).describe('Least score of a detection'),
  maxDetections: z.int().min(1).max(300).default(100).describe('Most detections to give'),
  labels: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(100)
    .optional()
    .describe('Look for these only; without it for everything the model knows'),
  iouThreshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.6)
    .describe('Of boxes that share more than this part of their joint area only the best stays'),
  classAgnostic: z
    .boolean()
    .default(false)
    .describe('Let boxes of different labels, too, displace each other'),
  region: region
    .optional()
    .describe(
      'Look at this part of the upright image only, in pixels: small things are found better in a small part',
    ),
  tile: z
    .enum(['none', 'auto'])
    .default('none')
    .describe(
      `auto: look at the whole and at overlapping tiles of it, for small things in large photos: tiles of ${tileSide} pixels that share ${tileOverlap * 100} % of their side, larger ones where more than ${maxTiles} would be needed, none where the photo is no larger than one. Each look is billed as an image`,
    ),
};

const input = z.object({
  image: imageField(),
  ...options,
  model: modelChoice().optional(),
});

const detection = z
  .object({ label: z.string(), score: z.number().min(0).max(1), box })
  .meta({ id: 'Detection' });

const output = z.object({ detections: z.array(detection).describe('best first') });

export const detectObjects = defineTask({
  id: 'detect-objects',
  summary: 'Find things in a photo: boxes, labels and scores (80 classes)',
  path: '/v1/images/detect',
  field: 'detectObjects',
  input,
  output,
  item: z.object({ image: z.instanceof(Uint8Array), ...options }),
  itemOutput: output,
  unit: 'images',
  timeoutMs: 10_000,
  example: { image: onePixel, minScore: 0.4 },
  split: ({ model: _, ...item }) => ({ items: [item], partial: false }),
  amount: ({ image, region, tile }) => {
    const seen = tile === 'auto' ? (region ?? imageSize(image)) : undefined;
    return seen === undefined ? 1 : looksAt(seen);
  },
  reply([outcome]) {
    return outcome?.ok ? outcome.output : { detections: [] };
  },
});
