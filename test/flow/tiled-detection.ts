import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { z } from 'zod';
import type { ServerProcess } from '#testing';
import { intersectionOf, type Box } from '../../libs/tasks/detect-objects/suppress-overlaps.js';
import { tilesOf } from '../../libs/tasks/detect-objects/tile-grid.js';

const size = { width: 2_400, height: 1_800 };
const everything = { x: 0, y: 0, ...size };
/** Photos as small things of a large picture, and what each shows; the second cat and the chairs lie across seams. */
const placed = [
  { file: 'cat.jpg', left: 300, top: 100, shows: undefined },
  { file: 'camera.png', left: 100, top: 1_200, shows: 'person' },
  { file: 'motorcycle_left.png', left: 1_520, top: 150, shows: 'motorcycle' },
  { file: 'cat.jpg', left: 1_800, top: 1_250, shows: 'cat' },
  { file: 'imagenet_01_559.jpg', left: 1_250, top: 1_200, shows: 'chair' },
] as const;
const photoWidth = 300;

const detection = z.object({
  label: z.string(),
  score: z.number(),
  box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
});
type Detection = z.infer<typeof detection>;
const reply = z.object({ detections: z.array(detection), usage: z.object({ amount: z.number() }) });

export function describeTiledDetection(server: () => ServerProcess): void {
  describe('POST /v1/images/detect with tiles', () => {
    let picture: Buffer;
    beforeAll(async () => {
      picture = await compose();
    });

    async function post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
      const headers = { authorization: `Bearer ${server().apiKey}`, 'content-type': 'application/json' };
      const response = await fetch(server().url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return schema.parse(await response.json());
    }
    const detect = (image: Buffer, options: object) =>
      post('/v1/images/detect', { image: image.toString('base64'), ...options }, reply);

    it('finds small things, which a look at the whole does not', async () => {
      const isFound = (found: readonly Detection[]) =>
        placed.map(({ left, top, shows }) =>
          found.some(({ label, box }) => label === shows && isInside(box, { left, top })),
        );
      expect(isFound((await detect(picture, {})).detections)).toEqual([false, true, false, false, true]);
      const { detections } = await detect(picture, { tile: 'auto' });
      expect(isFound(detections)).toEqual([false, true, true, true, true]);
      const chairs = (found: readonly Detection[]) => found.filter(({ label }) => label === 'chair').length;
      expect(chairs(detections)).toBeGreaterThan(8);
    }, 60_000);

    it('gives no box that a look at one of the tiles or the whole does not give, to the last digit', async () => {
      const { detections } = await detect(picture, { tile: 'auto' });
      // Nothing displaces anything in a look alone.
      const all = { iouThreshold: 1, maxDetections: 300 };
      const regions = [everything, ...tilesOf(everything)];
      const looks = await Promise.all(regions.map((region) => detect(picture, { region, ...all })));
      const given = looks.flatMap((look) => look.detections.map((each) => JSON.stringify(each)));
      expect(detections.length).toBeGreaterThan(10);
      for (const each of detections) expect(given).toContain(JSON.stringify(each));
    }, 60_000);

    it('gives no piece of a thing beside the whole of it', async () => {
      const { detections } = await detect(picture, { tile: 'auto' });
      const looks = await Promise.all(
        tilesOf(everything).map(async (tile) => {
          const found = await detect(picture, { region: tile });
          return found.detections.filter(({ box }) => isCutBy(box, tile));
        }),
      );
      const pieces = looks.flat();
      const dropped = pieces.filter((piece) => !detections.some((each) => isDeepEqual(each, piece)));
      expect(dropped.length).toBeGreaterThan(3);
      for (const piece of pieces.filter((each) => !dropped.includes(each)))
        for (const other of detections.filter(({ label }) => label === piece.label))
          expect([piece, other, isDeepEqual(piece, other) || shareOf(other.box, piece.box) <= 0.5]).toContain(
            true,
          );
    }, 60_000);

    it('tiles a region as it tiles a photo cut to it, however the file is turned', async () => {
      const region = { x: 1_200, y: 1_100, width: 1_000, height: 650 };
      const part = sharp(picture).extract({ left: 1_200, top: 1_100, width: 1_000, height: 650 });
      const alone = await detect(await part.png().toBuffer(), { tile: 'auto' });
      // Stored a quarter turn to the left, and tagged to be shown a quarter turn to the right.
      const turned = await sharp(picture).rotate(270).withMetadata({ orientation: 6 }).png().toBuffer();
      const found = await detect(turned, { tile: 'auto', region });
      expect(found.usage.amount).toBe(5);
      expect(alone.usage.amount).toBe(5);
      expect(found.detections.length).toBeGreaterThan(5);
      expect(found.detections.map(({ label, score }) => [label, score])).toEqual(
        alone.detections.map(({ label, score }) => [label, score]),
      );
      for (const [index, { box }] of found.detections.entries()) {
        const expected = alone.detections[index]?.box ?? everything;
        expect(box.x - region.x).toBeCloseTo(expected.x, 6);
        expect(box.y - region.y).toBeCloseTo(expected.y, 6);
        expect(box.width).toBeCloseTo(expected.width, 6);
        expect(box.height).toBeCloseTo(expected.height, 6);
      }
    }, 60_000);

    it('costs an image a look, as the estimate says before', async () => {
      const input = { image: picture.toString('base64'), tile: 'auto' };
      const usage = z.object({ usage: z.object({ unit: z.string(), amount: z.number() }) });
      const told = await post('/v1/estimate', { task: 'detect-objects', input }, usage);
      expect(told.usage).toEqual({ unit: 'images', amount: 1 + tilesOf(everything).length });
      expect((await post('/v1/images/detect', input, usage)).usage).toEqual(told.usage);
    });
  });
}

async function compose(): Promise<Buffer> {
  const photos = placed.map(async ({ file, left, top }) => {
    const folder = file === 'cat.jpg' ? join('test', 'assets') : photoFolder();
    const photo = sharp(await readFile(join(folder, file))).resize({ width: photoWidth });
    return { input: await photo.toColourspace('srgb').removeAlpha().png().toBuffer(), left, top };
  });
  const ground = { ...size, channels: 3, background: { r: 114, g: 114, b: 114 } } as const;
  return sharp({ create: ground })
    .composite(await Promise.all(photos))
    .png()
    .toBuffer();
}

function photoFolder(): string {
  const folder = process.env['TEST_PHOTOS'];
  if (folder === undefined) throw new Error('run scripts/test.sh test/flow/real-server');
  return folder;
}

/** The box lies on the photo, but for a few pixels at its edge. */
function isInside(box: Box, { left, top }: { left: number; top: number }): boolean {
  const photo = { x: left, y: top, width: photoWidth, height: photoWidth };
  return intersectionOf(box, photo) > 0.9 * box.width * box.height;
}

/** The box ends within 2 % of a side of the tile that is no side of the picture. */
function isCutBy(box: Box, tile: Box): boolean {
  const close = 0.02 * tile.width;
  return (
    (tile.x > 0 && box.x - tile.x < close) ||
    (tile.y > 0 && box.y - tile.y < close) ||
    (tile.x + tile.width < size.width && tile.x + tile.width - box.x - box.width < close) ||
    (tile.y + tile.height < size.height && tile.y + tile.height - box.y - box.height < close)
  );
}

/** Of the smaller of the two. */
function shareOf(a: Box, b: Box): number {
  return intersectionOf(a, b) / Math.min(a.width * a.height, b.width * b.height);
}

function isDeepEqual(a: Detection, b: Detection): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
