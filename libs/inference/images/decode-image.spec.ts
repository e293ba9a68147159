import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import sharp, { type Color } from 'sharp';
import { AppError } from '#kernel';
import { decodeImage, decodeParts } from './decode-image.js';
import { hashedPixels } from '../testing/hashed-pixels.js';
import { centreCrop as spec, letterbox, stretch } from '../testing/image-specs.js';

const red = { r: 255, g: 0, b: 0 };
const solid = (width: number, height: number, background: Color) =>
  sharp({ create: { width, height, channels: 4, background } });
const codeOf = (bytes: Uint8Array) =>
  decodeImage(bytes, spec).then(String, (error: unknown) => (error instanceof AppError ? error.code : error));

describe('decodeImage', () => {
  it('gives height × width × RGB bytes for every accepted format', async () => {
    const image = solid(300, 200, red);
    const files = [
      await image.jpeg().toBuffer(),
      await image.png().toBuffer(),
      await image.webp().toBuffer(),
    ];
    for (const file of files) {
      const { pixels } = await decodeImage(file, spec);
      expect(pixels).toHaveLength(224 * 224 * 3);
      expect(pixels[0]).toBeGreaterThan(250);
      expect(pixels[1]).toBeLessThan(5);
    }
  });

  it('puts a wide image on a plain ground, and says where', async () => {
    const { pixels, view } = await decodeImage(await solid(832, 400, red).png().toBuffer(), letterbox);
    const colourAt = (x: number, y: number) => [...pixels.subarray((y * 416 + x) * 3, (y * 416 + x) * 3 + 3)];
    expect(view.target).toEqual({ x: 0, y: 108, width: 416, height: 200 });
    expect([107, 108, 307, 308].map((y) => colourAt(415, y))).toEqual([
      [114, 114, 114],
      [255, 0, 0],
      [255, 0, 0],
      [114, 114, 114],
    ]);
  });

  it('turns the image as its EXIF tag says', async () => {
    const left = await solid(100, 200, red).png().toBuffer();
    const picture = solid(200, 200, 'blue').composite([{ input: left, gravity: 'west' }]);
    const file = await picture.jpeg().withMetadata({ orientation: 3 }).toBuffer();
    const { pixels } = await decodeImage(file, spec);
    expect([...pixels.subarray(0, 3)].indexOf(Math.max(...pixels.subarray(0, 3)))).toBe(2);
    expect(pixels[223 * 3]).toBeGreaterThan(200);
  });

  it('gives each of many parts as it gives that part alone, whatever turns the image', async () => {
    const file = await sharp('test/assets/cat.jpg').withMetadata({ orientation: 6 }).toBuffer();
    const parts = [
      { x: 0, y: 0, width: 300, height: 400 },
      { x: 10, y: 250, width: 200, height: 150 },
      { x: 100, y: 5, width: 33, height: 90 },
    ];
    const together = (await decodeParts(file, letterbox, parts)).map(hashedPixels);
    const images = await Promise.all(parts.map((part) => decodeImage(file, letterbox, part)));
    const alone = images.map(hashedPixels);
    expect(together).toEqual(alone);
    expect(new Set(together.map(({ sha256 }) => sha256)).size).toBe(3);
    const few = await decodeParts(file, letterbox, parts.slice(1));
    expect(few.map(hashedPixels)).toEqual(alone.slice(1));
  });

  it('shows what is transparent as white, not as the colour hidden behind', async () => {
    const file = await solid(100, 100, { ...red, alpha: 0 })
      .png()
      .toBuffer();
    expect([...(await decodeImage(file, spec)).pixels.subarray(0, 3)]).toEqual([255, 255, 255]);
  });

  it('reads grey, 16-bit and CMYK images', async () => {
    const grey = await solid(64, 64, 'white').greyscale().png().toBuffer();
    const deep = await solid(64, 64, 'white').toColourspace('rgb16').png().toBuffer();
    const cmyk = await solid(64, 64, 'white').flatten().toColourspace('cmyk').jpeg().toBuffer();
    for (const file of [grey, deep, cmyk])
      expect((await decodeImage(file, spec)).pixels[0]).toBeGreaterThan(240);
  });

  it('refuses formats by their bytes, whatever they claim', async () => {
    const gifOfTwoBillionPixels = Buffer.concat([
      Buffer.from('GIF89a'),
      Buffer.from([255, 255, 255, 127, 0, 0, 0]),
    ]);
    expect(await codeOf(gifOfTwoBillionPixels)).toBe('image.unsupported_format');
    expect(await codeOf(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'))).toBe(
      'image.unsupported_format',
    );
    expect(await codeOf(new Uint8Array())).toBe('image.unsupported_format');
  });

  it('refuses a header with too many pixels before decoding any', async () => {
    const file = await solid(16, 16, red).png().toBuffer();
    file.writeUInt32BE(60_000, 16);
    file.writeUInt32BE(60_000, 20);
    // The header's checksum, so that only its size is wrong.
    file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
    expect(await codeOf(file)).toBe('image.too_large');
  });

  it('refuses a line so long that resizing it would take a core for seconds; the longest that JPEG has is none', async () => {
    const line = (width: number) => solid(width, 1, red).png().toBuffer();
    expect(await codeOf(await line(65_536))).toBe('image.too_large');
    expect(await codeOf(await line(65_535))).toBe('[object Object]');
  });

  it.each([
    ['of 25 megapixels', 5_000, 5_000],
    ['one pixel wide and as high as may be', 1, 65_535],
  ])('leaves nothing but its pixels of a picture %s', async (_, width, height) => {
    const file = await solid(width, height, red).png().toBuffer();
    const before = process.memoryUsage().external;
    const { pixels } = await decodeImage(file, stretch);
    await turn();
    // Of 75 and of 50 megabytes that were needed, or would be, nobody waits for a collection.
    expect(process.memoryUsage().external - before).toBeLessThan(pixels.length + 2 ** 22);
  });

  it('calls a truncated or broken file unreadable', async () => {
    const file = readFileSync('test/assets/cat.jpg');
    expect(await codeOf(file.subarray(0, file.length / 2))).toBe('image.unreadable');
    expect(await codeOf(file.subarray(0, 20))).toBe('image.unreadable');
  });
});
