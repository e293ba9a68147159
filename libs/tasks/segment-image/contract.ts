import { z } from 'zod';
import { defineTask, modelChoice } from '#contracts';
import { box, imageField, onePixel, region } from '../image-fields.js';

/** One byte a pixel names a region in the PNG. */
const maxRegions = 255;

/** Of the largest image that is accepted. */
const maxPixels = 25_000_000;

const options = {
  masks: z
    .enum(['png', 'rle', 'polygons', 'none'])
    .default('png')
    .describe('Form of the masks: one PNG, or an RLE or polygons a region; all tell the same pixels'),
  minScore: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('Least probability of a pixel not to be ground; without it what suits the model'),
  minAreaPercent: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe('Smallest region, in per cent of the image; without it what suits the model'),
  maxRegions: z.int().min(1).max(maxRegions).default(100).describe('Most regions to give, the largest'),
  simplify: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe(
      'Pixels by which polygons may differ from the mask; 0 follows the edges of pixels. More is used where a reply would have over 10,000 points',
    ),
  cutOut: z
    .boolean()
    .default(false)
    .describe(
      'Give the photo inside the regions, too, clear elsewhere, its longer side at most 1024 pixels; with soft edges where the model gives a matte',
    ),
  region: region.optional().describe('Look at this part of the upright image only, in pixels'),
};

const area = z.int().min(0).max(maxPixels).describe('pixels of the upright image');
const areaPercent = z.number().min(0).max(100).describe('of the upright image');

const runLengthMask = z
  .object({
    size: z.array(z.int().min(0).max(maxPixels)).describe('height and width of the image'),
    counts: z.string().describe('compressed run lengths of COCO, as pycocotools reads them'),
  })
  .meta({ id: 'RunLengthMask' });

const segmentedRegion = z
  .object({
    label: z.string(),
    score: z.number().min(0).max(1).describe('mean probability of the label over the region'),
    box,
    area,
    areaPercent,
    rle: runLengthMask.optional().describe('with masks `rle`'),
    polygons: z
      .array(z.array(z.number()))
      .optional()
      .describe(
        'with masks `polygons`: rings of x and y in turn, the outer one first; inside is what an odd number of them contain',
      ),
  })
  .meta({ id: 'SegmentedRegion' });

const segmentedClass = z
  .object({ label: z.string(), regions: z.int().min(0).max(maxPixels), area, areaPercent })
  .meta({ id: 'SegmentedClass' });

const cutOut = z
  .object({ image: z.string().describe('base64 of a PNG with alpha'), box })
  .meta({ id: 'CutOut' });

const output = z.object({
  width: z.int().min(0).max(maxPixels).describe('of the upright image'),
  height: z.int().min(0).max(maxPixels),
  regions: z.array(segmentedRegion).describe('connected marks, largest first'),
  classes: z
    .array(segmentedClass)
    .describe('what was found of each label, regions beyond `maxRegions` included; most pixels first'),
  mask: z
    .string()
    .optional()
    .describe(
      'with masks `png`: base64 of a grey PNG of the image’s size. A pixel is the place of its region in `regions`, from 1 on; 0 is ground',
    ),
  simplifiedBy: z.number().optional().describe('pixels by which `polygons` were simplified'),
  cutOut: cutOut.optional().describe('where there is a region; `box` is what of the image it shows'),
});

export const segmentImage = defineTask({
  id: 'segment-image',
  summary: 'Mark people, surface defects or cell nuclei in an image: masks, regions and areas',
  path: '/v1/images/segment',
  field: 'segmentImage',
  input: z.object({
    image: imageField(),
    ...options,
    model: modelChoice(
      'is missing: no model sees everything, so name one, such as `person-matting`; GET /v1/models lists them',
    ).describe('Which model looks: `person-matting`, `surface-defects` or `cell-nuclei` of the starter pack'),
  }),
  output,
  item: z.object({ image: z.instanceof(Uint8Array), ...options }),
  itemOutput: output,
  unit: 'images',
  timeoutMs: 15_000,
  example: { image: onePixel, model: 'surface-defects', masks: 'rle' },
  split: ({ model: _, ...item }) => ({ items: [item], partial: false }),
  amount: () => 1,
  reply([outcome]) {
    return outcome?.ok ? outcome.output : { width: 0, height: 0, regions: [], classes: [] };
  },
});
