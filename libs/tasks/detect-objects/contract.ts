import { z } from 'zod';
import { defineTask, imageBytes } from '#contracts';

/** No side of an accepted image is longer: it has at most 25 megapixels. */
const maxSide = 25_000_000;

const region = z
  .strictObject({
    x: z.int().min(0).max(maxSide),
    y: z.int().min(0).max(maxSide),
    width: z.int().min(1).max(maxSide),
    height: z.int().min(1).max(maxSide),
  })
  .meta({ id: 'Region' });

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
};

const input = z.object({
  image: imageBytes().describe(
    'JPEG, PNG or WebP, at most 10 MiB and 25 megapixels; EXIF orientation is honoured',
  ),
  ...options,
});

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).meta({
  id: 'Box',
  description: 'in pixels of the upright image; x and y are those of the top left corner',
});

const detection = z
  .object({ label: z.string(), score: z.number().min(0).max(1), box })
  .meta({ id: 'Detection' });

const output = z.object({ detections: z.array(detection).describe('best first') });

/** A white pixel as PNG: the smallest body that works as pasted. */
const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==';

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
  split: (request) => ({ items: [request], partial: false }),
  amount: () => 1,
  reply([outcome]) {
    return outcome?.ok ? outcome.output : { detections: [] };
  },
});
