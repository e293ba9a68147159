import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { contactCell } from './contact-cell.js';
import { SharpContactSheet } from './sharp-contact-sheet.js';

const photo = join(import.meta.dirname, '../../test/assets/cat.jpg');
/** By how much a value of a pixel may be off. */
const jpegError = 40;
const frame = async (index: number, box?: { x: number; y: number; width: number; height: number }) => ({
  timeS: index / 5,
  image: await sharp(await readFile(photo))
    .resize(640, 360, { fit: 'fill' })
    .jpeg()
    .toBuffer(),
  objects: box === undefined ? [] : [{ track: 1, label: 'cat', box }],
});

describe('a contact sheet', () => {
  it('shows its frames in rows, each where it belongs', async () => {
    const frames = await Promise.all(Array.from({ length: 7 }, (_, i) => frame(i)));
    const { mediaType, bytes } = await new SharpContactSheet().draw(frames);
    expect(mediaType).toBe('image/jpeg');
    expect(await sharp(bytes).metadata()).toMatchObject({
      format: 'jpeg',
      width: 8 + 3 * 328,
      height: 8 + 3 * 188,
    });
  });

  it('is small enough to be sent around: 36 photos take less than a megabyte', async () => {
    const { bytes } = await new SharpContactSheet().draw(
      await Promise.all(Array.from({ length: 36 }, (_, i) => frame(i))),
    );
    expect(bytes.byteLength).toBeLessThan(1_000_000);
  });

  it('has room for frames of any shape', async () => {
    const image = await sharp({ create: { width: 8, height: 640, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    const { bytes } = await new SharpContactSheet().draw([{ timeS: 0, objects: [], image }]);
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 8 + 16, height: 640 + 16 });
  });

  it('draws the box of a track around it, in the pixels of the sheet', async () => {
    const box = { x: 100, y: 100, width: 200, height: 100 };
    const pixels = async (framed: boolean) => {
      const { bytes } = await new SharpContactSheet().draw([await frame(0, framed ? box : undefined)]);
      return sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    };
    const [plain, framed] = [await pixels(false), await pixels(true)];
    const at = ({ data, info }: typeof plain, x: number, y: number) =>
      [0, 1, 2].map((channel) => data[((y + 8) * info.width + x + 8) * 3 + channel] ?? NaN);
    const differ = (a: number[], b: number[]) =>
      Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))));
    // Half the size: the left edge is at 50, between 50 and 100 from the top.
    expect(differ(at(framed, 50, 90), [0x1f, 0x5f, 0xa8])).toBeLessThan(jpegError);
    expect(differ(at(plain, 50, 90), [0x1f, 0x5f, 0xa8])).toBeGreaterThan(2 * jpegError);
    expect(differ(at(framed, 100, 90), at(plain, 100, 90))).toBeLessThan(jpegError);
    expect(differ(at(framed, 250, 90), at(plain, 250, 90))).toBeLessThan(jpegError);
  });

  it('is a picture where there is nothing to show', async () => {
    const { bytes } = await new SharpContactSheet().draw([]);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg' });
  });

  it('holds no markup of a label', () => {
    const objects = [{ track: 2, label: '<script>', box: { x: 0, y: 0, width: 9, height: 9 } }];
    expect(contactCell({ objects, timeS: 1 }, { width: 320, height: 180 }, 1)).not.toContain('script');
  });
});
