import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { imageSize } from './image-size.js';

const solid = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: 'red' } });
const cat = readFileSync('test/assets/cat.jpg');

describe('imageSize', () => {
  it('reads the size that was written, whatever the format', async () => {
    const side = fc.integer({ min: 1, max: 700 });
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        const image = solid(width, height);
        const files = await Promise.all([
          image.clone().png().toBuffer(),
          image.clone().jpeg().toBuffer(),
          image.clone().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
          image.clone().webp().toBuffer(),
          image.clone().webp({ lossless: true }).toBuffer(),
          image.clone().webp().withMetadata({ orientation: 8 }).toBuffer(),
        ]);
        for (const file of files) expect(imageSize(file)).toEqual({ width, height });
      }),
      { numRuns: 20 },
    );
  });

  it('reads a part of a larger buffer, and is not misled by a preview in the metadata', async () => {
    const preview = await solid(9, 9).jpeg().toBuffer();
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), Buffer.from('Exif\0\0'), preview]);
    segment.writeUInt16BE(segment.length - 2, 2);
    const file = Buffer.concat([Buffer.alloc(7, 0xff), cat.subarray(0, 2), segment, cat.subarray(2)]);
    expect(imageSize(file.subarray(7))).toEqual({ width: 400, height: 300 });
  });

  it('never fails: of a file that is cut anywhere it reads the right size, or none', () => {
    for (let length = 0; length < 1_000; length++)
      expect([undefined, { width: 400, height: 300 }]).toContainEqual(imageSize(cat.subarray(0, length)));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => imageSize(bytes) === undefined));
  });

  it('gives up on a file of endless segments', () => {
    const segments = Buffer.from([0xff, 0xe0, 0, 2]);
    const file = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(4 * 2_500_000, segments)]);
    const startedAt = process.cpuUsage();
    expect(imageSize(file)).toBeUndefined();
    expect(process.cpuUsage(startedAt).user / 1_000).toBeLessThan(20);
  });
});
