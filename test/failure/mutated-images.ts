import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';

/** What must come back: an answer, a refusal by the name of an image error, or one of the two. */
export type Expected = 'answer' | 'refusal' | 'either';

export interface TestImage {
  name: string;
  bytes: Buffer;
  expected: Expected;
}

const photo = readFileSync('test/assets/cat.jpg');
const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#a63' } });

/** Files that are rare but right. */
export async function rareImages(): Promise<TestImage[]> {
  const frames = await Promise.all(['#a63', '#36a'].map((background) => frame(background)));
  const made = {
    'a JPEG in CMYK': sharp(photo).toColourspace('cmyk').jpeg(),
    'a progressive JPEG': sharp(photo).jpeg({ progressive: true }),
    'a grey JPEG': sharp(photo).greyscale().jpeg(),
    'a JPEG that EXIF turns': sharp(photo).withMetadata({ orientation: 7 }).jpeg(),
    'a PNG of 16 bits': sharp(photo).toColourspace('rgb16').png(),
    'a PNG with a palette': sharp(photo).png({ palette: true, colours: 16 }),
    'an interlaced PNG': sharp(photo).png({ progressive: true }),
    'a PNG with transparency': sharp(photo).ensureAlpha(0.3).png(),
    'a PNG of 1 × 1': flat(1, 1).png(),
    'a JPEG of 30,000 × 2': flat(30_000, 2).jpeg(),
    'a PNG of 2 × 30,000': flat(2, 30_000).png(),
    'a JPEG of 25 megapixels': flat(5_000, 5_000).jpeg(),
    'a WebP without loss': sharp(photo).webp({ lossless: true }),
    'a moving WebP, of which the first picture counts': sharp(frames, { join: { animated: true } }).webp(),
  };
  return Promise.all(
    Object.entries(made).map(async ([name, image]) => ({
      name,
      bytes: await image.toBuffer(),
      expected: 'answer' as const,
    })),
  );
}

function frame(background: string): Promise<Buffer> {
  return sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A place in a file, as a part of its length. */
const place = () => fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), bits: fc.array(place(), { minLength: 1, maxLength: 9 }) }),
  fc.record({ kind: fc.constant('truncate' as const), left: fc.double({ min: 0, max: 0.9, noNaN: true }) }),
  fc.record({
    kind: fc.constant('blank' as const),
    from: place(),
    length: fc.integer({ min: 1, max: 2_000 }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant('size' as const),
    width: fc.integer({ min: 1, max: 65_535 }),
    height: fc.integer({ min: 1, max: 65_535 }),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer Made> ? Made : never;

/** Files that were right and are altered, the same ones for one seed. */
export async function mutatedImages(count: number, seed: number): Promise<TestImage[]> {
  const small = sharp(photo).resize(160, 108);
  const originals = await Promise.all(
    [
      small.clone().jpeg(),
      small.clone().jpeg({ progressive: true }),
      small.clone().png(),
      small.clone().webp(),
    ].map((image) => image.toBuffer()),
  );
  return fc.sample(mutation, { numRuns: count, seed }).map((made, index) => {
    const original = originals[index % originals.length] ?? photo;
    return { name: `${index}: ${JSON.stringify(made)}`, ...mutate(original, made) };
  });
}

function mutate(original: Buffer, made: Mutation): { bytes: Buffer; expected: Expected } {
  const bytes = Buffer.from(original);
  switch (made.kind) {
    case 'flip':
      for (const bit of made.bits) {
        const at = Math.floor(bit * bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      }
      return { bytes, expected: 'either' };
    case 'truncate':
      return { bytes: bytes.subarray(0, Math.floor(made.left * bytes.length)), expected: 'refusal' };
    case 'blank': {
      const from = Math.floor(made.from * bytes.length);
      return { bytes: bytes.fill(0, from, Math.min(bytes.length, from + made.length)), expected: 'either' };
    }
    case 'insert': {
      const at = Math.floor(made.at * bytes.length);
      const parts = [bytes.subarray(0, at), made.bytes, bytes.subarray(at)];
      return { bytes: Buffer.concat(parts), expected: 'either' };
    }
    case 'size':
      return { bytes: withSize(bytes, made), expected: 'either' };
  }
}

/** The same pixels under a header that claims another size; checksums are right, so that it is believed. */
function withSize(bytes: Buffer, { width, height }: { width: number; height: number }): Buffer {
  if (bytes.readUInt32BE(0) === 0x89504e47) {
    bytes.writeUInt32BE(width, 16);
    bytes.writeUInt32BE(height, 20);
    bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
    return bytes;
  }
  for (const marker of [0xc0, 0xc2]) {
    const at = bytes.indexOf(Buffer.from([0xff, marker, 0, 17, 8]));
    if (at < 0) continue;
    bytes.writeUInt16BE(height, at + 5);
    bytes.writeUInt16BE(width, at + 7);
    return bytes;
  }
  const key = bytes.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
  bytes.writeUInt16LE(width & 0x3fff, key + 3);
  bytes.writeUInt16LE(height & 0x3fff, key + 5);
  return bytes;
}
