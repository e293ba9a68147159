import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { decodeImage, decodeParts } from './decode-image.js';
import { decodeImageAside, decodePartsAside } from './decode-aside.js';
import { hashedPixels } from '../testing/hashed-pixels.js';
import { centreCrop as spec, letterbox, stretch } from '../testing/image-specs.js';
import { threadCpuMs } from '../testing/thread-cpu.js';

const photo = readFileSync('test/assets/cat.jpg');
const never = new AbortController().signal;

describe('decodeImageAside', () => {
  it('gives the same pixels and view as decoding here, and leaves the file as it was', async () => {
    const file = Uint8Array.from(photo);
    const region = { x: 10, y: 20, width: 200, height: 100 };
    using aside = await decodeImageAside(file, spec, never, region);
    const { pixels, view } = aside;
    const here = await decodeImage(photo, spec, region);
    expect(Buffer.compare(pixels, here.pixels)).toBe(0);
    expect(view).toEqual(here.view);
    expect(Buffer.compare(file, photo)).toBe(0);
  });

  it('gives many parts as decoding here does', async () => {
    const parts = [0, 90, 180].map((x) => ({ x, y: 7, width: 200, height: 150 }));
    using aside = await decodePartsAside(photo, letterbox, never, parts);
    const here = await decodeParts(photo, letterbox, parts);
    expect(aside.images.map(hashedPixels)).toEqual(here.map(hashedPixels));
  });

  it('lends pixels to one picture at a time, and their memory to the next', async () => {
    const first = await decodeImageAside(photo, spec, never);
    const { buffer } = first.pixels;
    using second = await decodeImageAside(photo, spec, never);
    expect(second.pixels.buffer).not.toBe(buffer);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    using third = await decodeImageAside(photo, spec, never);
    using fourth = await decodeImageAside(photo, spec, never);
    expect(third.pixels.buffer).toBe(buffer);
    expect(fourth.pixels.buffer).not.toBe(buffer);
  });

  it('takes the memory back from a file that could not be decoded', async () => {
    const lent = await decodeImageAside(photo, stretch, never);
    const { buffer } = lent.pixels;
    lent[Symbol.dispose]();
    await expect(decodeImageAside(Buffer.from('no image'), stretch, never)).rejects.toThrow();
    using next = await decodeImageAside(photo, stretch, never);
    expect(next.pixels.buffer).toBe(buffer);
  });

  it.each([
    ['a centre crop', spec, 'classify-image'],
    ['a letterbox', letterbox, 'detect-objects'],
    ['a stretch', stretch, 'segment-image'],
  ])(
    'gives the pixels of the Python reference to the bit, for every golden photo: %s',
    async (_, how, task) => {
      const photos = JSON.parse(readFileSync(`models/golden/${task}/photos.json`, 'utf8')) as {
        file: string;
        pixelsSha256: string;
      }[];
      expect(photos.length).toBeGreaterThan(20);
      for (const { file, pixelsSha256 } of photos) {
        const folder = file === 'cat.jpg' ? 'test/assets' : (process.env['TEST_PHOTOS'] ?? '');
        using picture = await decodeImageAside(readFileSync(join(folder, file)), how, never);
        expect([file, createHash('sha256').update(picture.pixels).digest('hex')]).toEqual([
          file,
          pixelsSha256,
        ]);
      }
    },
  );

  it('tells what is wrong with a file as decoding here does', async () => {
    const wide = sharp({ create: { width: 30_000, height: 900, channels: 3, background: 'red' } });
    const hostile = [Buffer.from('no image'), photo.subarray(0, 2_000), await wide.png().toBuffer()];
    for (const file of hostile) {
      const here: unknown = await decodeImage(file, spec).catch((error: unknown) => error);
      await expect(decodeImageAside(file, spec, never)).rejects.toMatchObject({
        code: (here as { code: string }).code,
        facts: (here as { facts: object }).facts,
      });
    }
  });

  it('leaves the event loop free: a large photo costs it a fraction of what decoding here does', async () => {
    const large = await sharp(photo).resize(4_000, 3_000).jpeg().toBuffer();
    await decodeImageAside(photo, spec, never);
    const hereMs = await threadCpuMs(() => decodeImage(large, spec));
    expect(await threadCpuMs(() => decodeImageAside(large, spec, never))).toBeLessThan(hereMs / 2);
  });

  it('forgets an image whose caller went away while it waited', async () => {
    const gone = new AbortController();
    const many = Array.from({ length: 16 }, () => decodeImageAside(photo, spec, never));
    const waiting = decodeImageAside(photo, spec, gone.signal);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'request.cancelled' });
    await Promise.all(many);
  });

  it('lends again what those held who went away or failed, decoded, decoding or waiting', async () => {
    // More than there is memory for, if it did not come back.
    for (const file of [photo, Buffer.from('no image')]) {
      const gone = new AbortController();
      const many = Array.from({ length: 150 }, () => decodeImageAside(file, letterbox, gone.signal));
      await Promise.race(many).catch(() => undefined);
      gone.abort();
      for (const outcome of await Promise.allSettled(many))
        if (outcome.status === 'fulfilled') outcome.value[Symbol.dispose]();
    }
    const more = Array.from({ length: 150 }, async () => {
      using picture = await decodeImageAside(photo, letterbox, never);
      return picture.size;
    });
    expect(await Promise.all(more)).toHaveLength(150);
  });
});
