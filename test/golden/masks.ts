import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import type { Ask } from './ask.js';
import { photoOptions, readPhoto } from './photos.js';
import { PythonReference, testSetting } from './python-reference.js';

const photosTimeoutMs = 120_000;
/** What models/golden/segment-image/generate.py lists. */
const rules = { maxRegions: 8, minAreaPercent: 0.02 };

const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
const rle = z.object({ size: z.array(z.number()), counts: z.string() });
const region = z.object({
  label: z.string(),
  score: z.number(),
  box,
  area: z.number(),
  rle: rle.optional(),
  polygons: z.array(z.array(z.number())).optional(),
});
const answer = z.object({
  width: z.number(),
  height: z.number(),
  model: z.string(),
  regions: z.array(region),
  mask: z.string().optional(),
  cutOut: z.object({ image: z.string(), box }).optional(),
});
type Answer = z.infer<typeof answer>;
const golden = z.array(
  z.object({
    file: z.string(),
    regions: z.record(z.string(), z.array(region.extend({ rle }))),
  }),
);

export function describeMasks(ask: Ask): void {
  describe('POST /v1/images/segment', () => {
    const post = <T>(body: object, schema: z.ZodType<T>) => ask('/v1/images/segment', body, schema);
    const segment = (image: Buffer, options: object): Promise<Answer> =>
      post({ image: image.toString('base64'), ...options }, answer);

    it(
      'marks, asked for all photos at once, the pixels that Python marks in each alone',
      async () => {
        await using python = await PythonReference.generate('segment-image', photoOptions());
        const expected = await python.read('photos.json', golden);
        const committed = await python.committed('photos.json', golden);
        expect(expected.map(({ file }) => file)).toEqual(committed.map(({ file }) => file));
        expect(expected.flatMap(({ regions }) => Object.values(regions).flat()).length).toBeGreaterThan(50);
        await Promise.all(
          expected.flatMap(({ file, regions }) =>
            Object.entries(regions).map(async ([model, wanted]) => {
              const found = await segment(await readPhoto(file), { model, masks: 'rle', ...rules });
              const close = wanted.map((one) => {
                const score: unknown = expect.closeTo(one.score, 2);
                return { ...one, score };
              });
              expect([file, model, found.regions]).toEqual([file, model, close]);
            }),
          ),
        );
      },
      photosTimeoutMs,
    );

    it('tells the same pixels in all forms, as pycocotools reads them', async () => {
      const photo = await readPhoto('astronaut.png');
      const ask = (masks: string) => segment(photo, { model: 'cell-nuclei', masks, simplify: 0 });
      const [png, runs, outlines] = await Promise.all([ask('png'), ask('rle'), ask('polygons')]);
      expect(png.regions.length).toBeGreaterThan(3);
      const told = await readByPycocotools({
        size: [png.height, png.width],
        rle: runs.regions.map((one) => one.rle),
        polygons: outlines.regions.map((one) => one.polygons),
      });
      const areas = png.regions.map(({ area }) => area);
      const grey = await sharp(Buffer.from(png.mask ?? '', 'base64'))
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      expect(grey.length).toBe(png.width * png.height);
      const drawn = areas.map((_, index) =>
        grey.reduce((sum, value) => sum + Number(value === index + 1), 0),
      );
      expect({ areas: told.areas, marks: told.marks, drawn }).toEqual({ areas, marks: areas, drawn: areas });
      expect(told.boxes).toEqual(
        png.regions.map(({ box: { x, y, width, height } }) => [x, y, width, height]),
      );
      // pycocotools fills polygons by a rule of its own that misses up to a pixel at a border.
      const large = told.overlaps.filter((_, index) => (areas[index] ?? 0) > 500);
      expect(Math.min(...large)).toBeGreaterThan(0.85);
    });

    it('gives the same for one photo alone as among 31 others of the other model, to the last digit', async () => {
      const [cat, camera] = await Promise.all([readPhoto('cat.jpg'), readPhoto('camera.png')]);
      const alone = await segment(cat, { model: 'surface-defects', masks: 'rle' });
      const crowd = Array.from({ length: 31 }, (_, index) =>
        segment(camera, { model: index % 2 === 0 ? 'cell-nuclei' : 'surface-defects', masks: 'none' }),
      );
      const { regions } = await segment(cat, { model: 'surface-defects', masks: 'rle' });
      expect(regions).toEqual(alone.regions);
      await Promise.all(crowd);
    });

    it('marks the upright image, however the file is turned', async () => {
      const photo = sharp(await readPhoto('astronaut.png'));
      const options = { model: 'cell-nuclei', masks: 'rle' };
      const upright = await segment(await photo.clone().png().toBuffer(), options);
      const turned = photo.clone().rotate(270).withMetadata({ orientation: 6 });
      expect((await segment(await turned.png().toBuffer(), options)).regions).toEqual(upright.regions);
    });

    it('marks in a region what it marks in a photo of that region alone, at its place in the whole', async () => {
      const photo = await readPhoto('motorcycle_left.png');
      const place = { x: 90, y: 40, width: 300, height: 200 };
      const part = sharp(photo).extract({ left: place.x, top: place.y, width: 300, height: 200 });
      const options = { model: 'cell-nuclei', masks: 'none', minAreaPercent: 0 };
      const alone = await segment(await part.png().toBuffer(), options);
      const within = await segment(photo, { ...options, region: place });
      expect(alone.regions.length).toBeGreaterThan(0);
      expect(within.regions).toMatchObject(
        alone.regions.map(({ label, score, area, box: { x, y, width, height } }) => ({
          ...{ label, score, area },
          box: { x: x + place.x, y: y + place.y, width, height },
        })),
      );
    });

    it('cuts out the pixels that it marks', async () => {
      const options = { model: 'cell-nuclei', masks: 'none', cutOut: true };
      const { cutOut, regions } = await segment(await readPhoto('astronaut.png'), options);
      const { data, info } = await sharp(Buffer.from(cutOut?.image ?? '', 'base64'))
        .extractChannel('alpha')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([cutOut?.box.width, cutOut?.box.height]);
      const opaque = data.reduce((sum, value) => sum + Number(value === 255), 0);
      expect(opaque).toBe(regions.reduce((sum, { area }) => sum + area, 0));
    });

    it('cuts a person out with soft edges, and clear around', async () => {
      const options = { model: 'person-matting', masks: 'none', cutOut: true };
      const { cutOut, regions } = await segment(await readPhoto('astronaut.png'), options);
      expect(regions.map(({ label }) => label)).toEqual(['person']);
      const { data, info } = await sharp(Buffer.from(cutOut?.image ?? '', 'base64'))
        .extractChannel('alpha')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([cutOut?.box.width, cutOut?.box.height]);
      const count = (holds: (alpha: number) => boolean) =>
        data.reduce((sum, alpha) => sum + Number(holds(alpha)), 0);
      expect(count((alpha) => alpha >= 128)).toBe(regions[0]?.area);
      expect(count((alpha) => alpha > 250) / data.length).toBeGreaterThan(0.4);
      expect(count((alpha) => alpha > 25 && alpha < 230) / data.length).toBeGreaterThan(0.01);
      expect(count((alpha) => alpha === 0) / data.length).toBeGreaterThan(0.2);
    });

    it.each(['cat.jpg', 'plate.jpg', 'coffee.png'])('sees nobody in %s, where nobody is', async (file) => {
      const { cutOut, regions, mask } = await segment(await readPhoto(file), {
        model: 'person-matting',
        cutOut: true,
      });
      expect([regions, cutOut]).toEqual([[], undefined]);
      const { channels } = await sharp(Buffer.from(mask ?? '', 'base64')).stats();
      expect(channels[0]).toMatchObject({ min: 0, max: 0 });
    });

    it('finds two people who are small in a photo, each where they stand, and one of them in a region', async () => {
      const side = 320;
      const small = await sharp(await readPhoto('astronaut.png'))
        .resize(side, side)
        .toBuffer();
      const places = [
        { left: 120, top: 740 },
        { left: 1_500, top: 150 },
      ];
      const photo = await sharp({ create: { width: 2_000, height: 1_100, channels: 3, background: '#777' } })
        .composite(places.map((place) => ({ input: small, ...place })))
        .png()
        .toBuffer();
      const options = { model: 'person-matting', masks: 'none', minAreaPercent: 1 };
      const { regions } = await segment(photo, options);
      expect(regions).toHaveLength(places.length);
      const byPlace = regions.toSorted((one, other) => one.box.x - other.box.x);
      for (const [index, { box: found, area }] of byPlace.entries()) {
        const { left, top } = places[index] ?? { left: NaN, top: NaN };
        expect(Math.min(found.x - left, found.y - top)).toBeGreaterThan(-10);
        expect(Math.max(found.x + found.width - left, found.y + found.height - top)).toBeLessThan(side + 10);
        expect(area).toBeGreaterThan(0.45 * side ** 2);
      }
      const within = await segment(photo, {
        ...options,
        region: { x: 1_300, y: 0, width: 700, height: 600 },
      });
      expect(within.regions.map(({ box: { x } }) => x > 1_300)).toEqual([true]);
    });

    it('names the models there are when another is asked for', async () => {
      const body = { image: (await readPhoto('cat.jpg')).toString('base64'), model: 'cats' };
      expect(await post(body, z.unknown())).toMatchObject({
        code: 'request.invalid',
        supported: ['cell-nuclei@1', 'person-matting@1', 'surface-defects@2'],
      });
    });
  });
}

async function readByPycocotools(told: object) {
  const env = { ...process.env, PYTHONPATH: testSetting('TEST_PYTHONPATH') };
  const python = spawn('python3', [join('models', 'golden', 'segment-image', 'check.py')], { env });
  python.stdin.end(JSON.stringify(told));
  const [output, errors] = await Promise.all([buffer(python.stdout), buffer(python.stderr)]);
  const numbers = z.array(z.number());
  const schema = z.object({ areas: numbers, boxes: z.array(numbers), overlaps: numbers, marks: numbers });
  if (output.length === 0) throw new Error(errors.toString());
  return schema.parse(JSON.parse(output.toString()));
}
