import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { contactCell } from './contact-cell.js';
import { SharpContactSheet } from './sharp-contact-sheet.js';

const photo = join(import.meta.dirname, '../../test/assets/cat.jpg');
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
    expect(mediaType).toBe('image/png');
    expect(await sharp(bytes).metadata()).toMatchObject({
      format: 'png',
      width: 8 + 3 * 328,
      height: 8 + 3 * 188,
    });
  });

  it('draws the box of a track around it, in the pixels of the sheet', async () => {
    const box = { x: 100, y: 100, width: 200, height: 100 };
    const pixels = async (framed: boolean) => {
      const { bytes } = await new SharpContactSheet().draw([await frame(0, framed ? box : undefined)]);
      return sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    };
    const [plain, framed] = [await pixels(false), await pixels(true)];
    const at = ({ data, info }: typeof plain, x: number, y: number) =>
      [0, 1, 2].map((channel) => data[((y + 8) * info.width + x + 8) * 3 + channel]);
    // Half the size: the left edge is at 50, between 50 and 100 from the top.
    expect(at(framed, 50, 90)).toEqual([0x1f, 0x5f, 0xa8]);
    expect(at(framed, 100, 90)).toEqual(at(plain, 100, 90));
    expect(at(framed, 250, 90)).toEqual(at(plain, 250, 90));
  });

  it('is a picture where there is nothing to show', async () => {
    const { bytes } = await new SharpContactSheet().draw([]);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png' });
  });

  it('holds no markup of a label', () => {
    const objects = [{ track: 2, label: '<script>', box: { x: 0, y: 0, width: 9, height: 9 } }];
    expect(contactCell({ objects, timeS: 1 }, { width: 320, height: 180 }, 1)).not.toContain('script');
  });
});
