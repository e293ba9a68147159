import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { Found } from '#core';
import { aRowOf, anInspectionRecord } from './fixtures/inspection-record.js';
import { SharpInspectionDrawing } from './sharp-inspection-drawing.js';

const drawing = new SharpInspectionDrawing();
const critical = [0xb3, 0x12, 0x3a];

const grey = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } });

async function pixelsOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  return { width: info.width, height: info.height, at };
}

const thing: Found = { label: '</svg><x>', score: 0.9, box: { x: 40, y: 60, width: 100, height: 50 } };
const one = [thing];

describe('an annotated picture', () => {
  it('has the box where the finding is, in the colour of its severity, and the photo inside it', async () => {
    const photo = await grey(200, 150).png().toBuffer();
    const { mediaType, bytes } = await drawing.annotate(photo, anInspectionRecord(one));
    expect(mediaType).toBe('image/png');
    const { width, height, at } = await pixelsOf(bytes);
    expect({ width, height }).toEqual({ width: 200, height: 150 });
    for (const [x, y] of [
      [40, 85],
      [139, 85],
      [90, 109],
    ] as const)
      expect(at(x, y)).toEqual(critical);
    expect(at(90, 85)).toEqual([128, 128, 128]);
    expect(at(20, 85)).toEqual([128, 128, 128]);
    // Letters stand white on the tag above the box.
    const tag = Array.from({ length: 100 }, (_, x) => at(40 + x, 52));
    expect(tag.some(([red = 0]) => red > 220)).toBe(true);
  });

  it('shows the area of a finding whose outline is known, its holes left out, in place of its box', async () => {
    const photo = await grey(200, 150).png().toBuffer();
    const ring = [
      [40, 60, 140, 60, 140, 110, 40, 110],
      [80, 75, 80, 95, 100, 95, 100, 75],
    ];
    const { bytes } = await drawing.annotate(photo, anInspectionRecord([{ ...thing, polygons: ring }]));
    const { at } = await pixelsOf(bytes);
    const [red = 0, green = 0] = at(60, 85);
    expect(red - green).toBeGreaterThan(20);
    expect(red).toBeLessThan(critical[0] ?? 0);
    expect(at(90, 85)).toEqual([128, 128, 128]);
    expect(at(40, 85)).toEqual(critical);
    const far = [[40, 60, 90, 60, 90, 110, 40, 110]];
    const half = await drawing.annotate(photo, anInspectionRecord([{ ...thing, polygons: far }]));
    expect((await pixelsOf(half.bytes)).at(120, 85)).toEqual([128, 128, 128]);
  });

  it('shows the edge of the part that was looked at', async () => {
    const photo = await grey(200, 150).png().toBuffer();
    const region = { x: 20, y: 30, width: 160, height: 100 };
    const { at } = await pixelsOf(
      (await drawing.annotate(photo, { ...anInspectionRecord([]), region })).bytes,
    );
    const edge = new Set(Array.from({ length: 100 }, (_, y) => String(at(20, 30 + y))));
    expect([...edge]).toEqual(expect.arrayContaining(['255,255,255', '34,34,34']));
    expect(at(100, 80)).toEqual([128, 128, 128]);
  });

  it('is upright by EXIF, and holds no metadata of the photo', async () => {
    const photo = await grey(200, 150).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const { bytes } = await drawing.annotate(photo, anInspectionRecord([]));
    const { width, height, exif } = await sharp(bytes).metadata();
    expect({ width, height, exif }).toEqual({ width: 150, height: 200, exif: undefined });
  });

  it('is reduced to 2048 pixels a side, with boxes where they belong', async () => {
    const photo = await grey(4_096, 400).png().toBuffer();
    const far: Found[] = [{ label: 'a', score: 1, box: { x: 4_000, y: 200, width: 80, height: 120 } }];
    const { width, at } = await pixelsOf((await drawing.annotate(photo, anInspectionRecord(far))).bytes);
    expect(width).toBe(2_048);
    expect(at(2_000, 130)).toEqual(critical);
  });

  it('is refused for what is no picture', async () => {
    const attempt = drawing.annotate(Buffer.from('no picture'), anInspectionRecord([]));
    await expect(attempt).rejects.toMatchObject({ code: 'image.unreadable' });
  });

  it('is refused as overloaded when too many wait, and the others are all drawn', async () => {
    const photo = readFileSync('test/assets/cat.jpg');
    const asked = Array.from({ length: 70 }, () => drawing.annotate(photo, anInspectionRecord([])));
    const outcomes = await Promise.allSettled(asked);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(4);
    for (const each of refused) expect(each).toMatchObject({ reason: { code: 'overloaded' } });
    await drawing.annotate(photo, anInspectionRecord([]));
  });
});

describe('a report as PDF', () => {
  it.each([0, 3, 300])('is one page with %d findings', async (count) => {
    const photo = await grey(300, 900).png().toBuffer();
    const { mediaType, bytes } = await drawing.report(
      photo,
      anInspectionRecord(aRowOf('ü'.repeat(100), count)),
      'pdf',
    );
    expect(mediaType).toBe('application/pdf');
    expect(
      Buffer.from(bytes)
        .toString('latin1')
        .match(/\/Type \/Page\b(?!s)/g),
    ).toHaveLength(1);
  });
});
