import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { drawnScores, lookOf, orderOf, scatter } from '../testing/drawn-scores.js';
import { threadCpuMs } from '../testing/thread-cpu.js';
import { drawMasksAside } from './draw-masks-aside.js';
import { drawMasks } from './draw-masks.js';

const never = new AbortController().signal;
const lines = ['##..2', '....2', '.#...'];
const graph = drawnScores(lines, 3);

describe('drawMasks', () => {
  it('numbers the pixels of the PNG by their region, largest first', async () => {
    const { png = '', regions } = await drawMasks(orderOf(graph, { form: 'png' }));
    expect(regions.map(({ kind, area }) => [kind, area])).toEqual([
      [1, 2],
      [2, 2],
      [1, 1],
    ]);
    expect(await greyOf(png)).toEqual([1, 1, 0, 0, 2, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0]);
  });

  it('counts what `maxRegions` leaves out, and draws it nowhere', async () => {
    const order = orderOf(graph, { form: 'png', maxRegions: 1 });
    const { png = '', regions, kinds } = await drawMasks(order);
    expect(regions).toHaveLength(1);
    expect(kinds).toEqual([
      { kind: 1, regions: 2, area: 3 },
      { kind: 2, regions: 1, area: 2 },
    ]);
    expect((await greyOf(png)).filter((value) => value > 0)).toEqual([1, 1]);
  });

  it('tells the same pixels in every form', async () => {
    const crowd = drawnScores(scatter(60, 40, 0.4, 7));
    const [png, rle, polygons] = await Promise.all(
      (['png', 'rle', 'polygons'] as const).map((form) => drawMasks(orderOf(crowd, { form }))),
    );
    const grey = await greyOf(png?.png ?? '');
    const areas = png?.regions.map((_, index) => grey.filter((value) => value === index + 1).length);
    expect(areas).toEqual(png?.regions.map(({ area }) => area));
    expect(rle?.regions.map(({ rle: mask }) => markedIn(mask?.counts ?? ''))).toEqual(areas);
    expect(polygons?.regions.map(({ polygons: rings = [] }) => areaOf(rings))).toEqual(areas);
  });

  it('cuts the photo out, clear beside the regions, within the box around them', async () => {
    const photo = sharp({ create: { width: 5, height: 3, channels: 3, background: '#c08040' } });
    const order = orderOf(drawnScores(['.....', '.#...', '..#..']), {
      cutFrom: await photo.png().toBuffer(),
    });
    const { cutOut } = await drawMasks(order);
    expect(cutOut?.box).toEqual({ x: 1, y: 1, width: 2, height: 2 });
    const { data, info } = await rawOf(cutOut?.image ?? '');
    expect(info.channels).toBe(4);
    expect(pixelsOf(data, 4)).toEqual([
      [192, 128, 64, 255],
      [192, 128, 64, 0],
      [192, 128, 64, 0],
      [192, 128, 64, 255],
    ]);
  });

  it('reduces a large cut-out, and gives none where there is nothing', async () => {
    const photo = await sharp({ create: { width: 3_000, height: 40, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const wide = drawnScores(['#'.repeat(3_000), ...Array.from({ length: 39 }, () => '.'.repeat(3_000))]);
    const { cutOut } = await drawMasks(orderOf(wide, { cutFrom: photo }));
    const { info } = await rawOf(cutOut?.image ?? '');
    expect([info.width, cutOut?.box.width]).toEqual([1_024, 3_000]);
    expect((await drawMasks(orderOf(drawnScores(['..']), { cutFrom: photo }))).cutOut).toBeUndefined();
  });

  it('lets soft edges fade where probabilities cover, as far as they hang together with a region', async () => {
    const photo = sharp({ create: { width: 6, height: 1, channels: 3, background: '#c08040' } });
    const shares = [102, 255, 204, 0, 102, 5];
    const scores = Uint8Array.from([...shares.map((share) => 255 - share), ...shares]);
    const soft = { scores, labels: 2, width: 6, height: 1 };
    const order = orderOf(soft, { cutFrom: await photo.png().toBuffer(), matte: true });
    const { cutOut, regions } = await drawMasks(order);
    expect(regions.map(({ area }) => area)).toEqual([2]);
    expect(cutOut?.box).toEqual({ x: 0, y: 0, width: 3, height: 1 });
    const { data } = await rawOf(cutOut?.image ?? '');
    expect(pixelsOf(data, 4).map(([, , , alpha]) => alpha)).toEqual([102, 255, 204]);
  });

  it('draws several looks as one picture, and ground where none was', async () => {
    const looks = [
      lookOf(drawnScores(['##', '.#']), { x: 0, y: 0 }),
      lookOf(drawnScores(['.#', '##']), { x: 1, y: 1 }),
      lookOf(drawnScores(['#']), { x: 5, y: 0 }),
    ];
    const order = orderOf(graph, { looks, size: { width: 6, height: 4 }, form: 'png' });
    const { png = '', regions } = await drawMasks(order);
    expect(regions.map(({ area, score }) => [area, score])).toEqual([
      [6, 1],
      [1, 1],
    ]);
    const lines = [
      [1, 1, 0, 0, 0, 2],
      [0, 1, 1, 0, 0, 0],
      [0, 1, 1, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ];
    expect(await greyOf(png)).toEqual(lines.flat());
  });

  it('draws ground alone where nothing was looked at', async () => {
    const order = orderOf(graph, { looks: [], form: 'png', cutFrom: Buffer.from('never read') });
    const { png = '', ...drawn } = await drawMasks(order);
    expect(drawn).toEqual({ regions: [], kinds: [] });
    expect(new Set(await greyOf(png))).toEqual(new Set([0]));
  });
});

describe('drawMasksAside', () => {
  it('draws what drawing here does, and says by name why a file cannot be cut', async () => {
    const order = orderOf(graph, { form: 'polygons' });
    expect(await drawMasksAside(order, never)).toEqual(await drawMasks(order));
    const broken = { ...order, cutFrom: Buffer.from('no image') };
    await expect(drawMasksAside(broken, never)).rejects.toMatchObject({ code: 'image.unreadable' });
  });

  it('leaves the event loop free while it draws a mask of 25 megapixels', async () => {
    await drawMasksAside(orderOf(graph), never);
    const cells = drawnScores(scatter(128, 128, 0.5, 5));
    const size = { width: 5_000, height: 5_000 };
    const part = { x: 0, y: 0, ...size };
    const looks = [{ graph: cells, view: { source: part, target: part }, part }];
    const order = orderOf(cells, { looks, size, form: 'rle' });
    const hereMs = await threadCpuMs(() => drawMasks(order));
    expect(await threadCpuMs(() => drawMasksAside(order, never))).toBeLessThan(hereMs / 2);
  });
});

async function rawOf(base64: string) {
  return sharp(Buffer.from(base64, 'base64')).raw().toBuffer({ resolveWithObject: true });
}

async function greyOf(png: string): Promise<number[]> {
  const file = Buffer.from(png, 'base64');
  expect(await sharp(file).metadata()).toMatchObject({ format: 'png', channels: 1, depth: 'uchar' });
  const { data } = await sharp(file).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return [...data];
}

function pixelsOf(data: Uint8Array, channels: number): number[][] {
  return Array.from({ length: data.length / channels }, (_, i) => [
    ...data.subarray(i * channels, (i + 1) * channels),
  ]);
}

/** Pixels that COCO's compressed run lengths mark: every other length. */
function markedIn(counts: string): number {
  const lengths: number[] = [];
  let value = 0;
  let shift = 0;
  for (const sign of counts) {
    const bits = sign.charCodeAt(0) - 48;
    value |= (bits & 0x1f) << shift;
    shift += 5;
    if ((bits & 0x20) !== 0) continue;
    if ((bits & 0x10) !== 0) value |= -1 << shift;
    lengths.push(lengths.length > 2 ? value + (lengths.at(-2) ?? 0) : value);
    value = 0;
    shift = 0;
  }
  return lengths.filter((_, index) => index % 2 === 1).reduce((sum, length) => sum + length, 0);
}

function areaOf(rings: readonly (readonly number[])[]): number {
  let sum = 0;
  for (const ring of rings)
    for (let at = 0; at < ring.length; at += 2)
      sum +=
        (ring[at] ?? 0) * (ring[(at + 3) % ring.length] ?? 0) -
        (ring[(at + 2) % ring.length] ?? 0) * (ring[at + 1] ?? 0);
  return sum / 2;
}
