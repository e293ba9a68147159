import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { decodeImage } from './decode-image.js';
import { decodeImageAside } from './image-threads.js';

const spec = {
  width: 224,
  height: 224,
  resize: 'centre-crop',
  cropFraction: 0.875,
  interpolation: 'bicubic',
} as const;
const photo = readFileSync('test/assets/cat.jpg');
const never = new AbortController().signal;

describe('decodeImageAside', () => {
  it('gives the same pixels as decoding here, and leaves the file as it was', async () => {
    const file = Uint8Array.from(photo);
    const pixels = await decodeImageAside(file, spec, never);
    expect(Buffer.compare(pixels, await decodeImage(photo, spec))).toBe(0);
    expect(Buffer.compare(file, photo)).toBe(0);
  });

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

  it('leaves the event loop free: it turns while a large photo is reduced', async () => {
    const large = await sharp(photo).resize(4_000, 3_000).jpeg().toBuffer();
    await decodeImageAside(photo, spec, never);
    let longestMs = 0;
    let turnedAt = performance.now();
    const turning = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - turnedAt);
      turnedAt = performance.now();
    }, 1);
    const startedAt = performance.now();
    await decodeImageAside(large, spec, never);
    clearInterval(turning);
    expect(longestMs).toBeLessThan((performance.now() - startedAt) / 2);
  });

  it('forgets an image whose caller went away while it waited', async () => {
    const gone = new AbortController();
    const many = Array.from({ length: 16 }, () => decodeImageAside(photo, spec, never));
    const waiting = decodeImageAside(photo, spec, gone.signal);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'request.cancelled' });
    await Promise.all(many);
  });
});
