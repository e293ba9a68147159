/**
 * Bicubic resizing to a model's picture, first across and then down, equal in every bit to Pillow's
 * `Image.resize(..., BICUBIC)` in these two steps. In one step Pillow goes down first where a photo is much taller than
 * wide.
 *
 * Why not libvips' own: it rounds differently in 18 % of the pixels by one, and an int8 network turns one changed pixel
 * into a change of about 0.01 in a probability. With equal pixels, this server and the Python reference agree exactly.
 *
 * Pixels are interleaved 8-bit RGB, row by row.
 */
import { boxSide, type PixelSize } from './image-view.js';

const channels = 3;
const { imul } = Math; // looked up once: where a test runs, each look at a global takes as long as a pixel
const precisionBits = 22; // weights are integers in units of 2^-22; sums of 255 x weights stay inside int32
const one = 1 << precisionBits;
const half = 1 << (precisionBits - 1);

/** Resizes `pixels` [height, width, 3]; `from` holds whole boxes of `boxSide`. */
export function resizePixels(pixels: Uint8Array, from: PixelSize, to: PixelSize): Uint8Array {
  const box = boxSide(from, to);
  const reduced = box === 1 ? pixels : averageBoxes(pixels, from, box);
  const size = { width: Math.floor(from.width / box), height: Math.floor(from.height / box) };
  const across = bicubicTaps(size.width, to.width);
  return resizeRows(reduced, size.width, to, across, bicubicTaps(size.height, to.height));
}

/** Mean of every box x box pixels (Pillow's `Image.reduce`); keeps the cost of large photos linear. */
function averageBoxes(pixels: Uint8Array, { width, height }: PixelSize, box: number): Uint8Array {
  const across = Math.floor(width / box);
  const down = Math.floor(height / box);
  const area = box * box;
  const reciprocal = Math.floor(2 ** 24 / area);
  const result = new Uint8Array(down * across * channels);
  const sums = new Uint32Array(across * channels);
  for (let y = 0; y < down; y++) {
    sums.fill(area >> 1);
    for (let line = y * box; line < (y + 1) * box; line++) {
      let from = line * width * channels;
      for (let to = 0; to < sums.length; to += channels) {
        let red = 0;
        let green = 0;
        let blue = 0;
        for (let count = 0; count < box; count++, from += channels) {
          red += pixels[from] ?? 0;
          green += pixels[from + 1] ?? 0;
          blue += pixels[from + 2] ?? 0;
        }
        sums[to] = (sums[to] ?? 0) + red;
        sums[to + 1] = (sums[to + 1] ?? 0) + green;
        sums[to + 2] = (sums[to + 2] ?? 0) + blue;
      }
    }
    const row = y * sums.length;
    for (let x = 0; x < sums.length; x++) result[row + x] = imul(sums[x] ?? 0, reciprocal) >>> 24;
  }
  return result;
}

/** For each output position the first input position, how many follow, and their integer weights (`stride` apart). */
interface Taps {
  stride: number;
  first: Int32Array;
  count: Int32Array;
  weights: Int32Array;
}

function bicubicTaps(size: number, target: number): Taps {
  const scale = size / target;
  const filterScale = Math.max(scale, 1);
  const support = 2 * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const weights = new Int32Array(target * stride);
  for (let position = 0; position < target; position++) {
    const centre = (position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(size, Math.trunc(centre + support + 0.5));
    const real = Array.from({ length: end - start }, (_, i) =>
      cubic((i + start - centre + 0.5) * (1 / filterScale)),
    );
    const sum = real.reduce((total, weight) => total + weight, 0);
    first[position] = start;
    count[position] = end - start;
    real.forEach((weight, i) => {
      const scaled = (weight / sum) * one;
      weights[position * stride + i] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
  }
  return { stride, first, count, weights };
}

/** Keys' cubic convolution kernel with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/*
 * The two loops below are a fifth of an image's cost. `imul` spares them an overflow check; indices are computed to
 * be in bounds, and each read stands alone, as one shared reader of several array types took twice the time.
 */

/**
 * [any, width, 3] to [to.height, to.width, 3]. Lines that are resized across wait for their turn in a ring of as many as
 * one line of the result is made of: all of them at once are 50 MB where a picture is one pixel wide and 65,535 high.
 */
function resizeRows(pixels: Uint8Array, width: number, to: PixelSize, across: Taps, down: Taps): Uint8Array {
  const line = to.width * channels;
  const ring = new Uint8ClampedArray(down.stride * line);
  const sums = new Int32Array(line);
  const result = new Uint8ClampedArray(to.height * line);
  let next = 0;
  for (let y = 0; y < to.height; y++) {
    const start = down.first[y] ?? 0;
    const taken = down.count[y] ?? 0;
    for (; next < start + taken; next++)
      resizeLine(pixels, next * width * channels, across, ring, (next % down.stride) * line, line);
    sums.fill(half);
    for (let tap = 0; tap < taken; tap++) {
      const weight = down.weights[y * down.stride + tap] ?? 0;
      const from = ((start + tap) % down.stride) * line;
      for (let x = 0; x < line; x++) sums[x] = ((sums[x] ?? 0) + imul(ring[from + x] ?? 0, weight)) | 0;
    }
    for (let x = 0; x < line; x++) result[y * line + x] = (sums[x] ?? 0) >> precisionBits;
  }
  return new Uint8Array(result.buffer);
}

/** The line of `pixels` that begins at `begin` to the one of `result` at `to`, of `length` values. */
function resizeLine(
  pixels: Uint8Array,
  begin: number,
  { stride, first, count, weights }: Taps,
  result: Uint8ClampedArray,
  to: number,
  length: number,
): void {
  const target = length / channels;
  let at = to;
  for (let x = 0; x < target; x++) {
    let red = half;
    let green = half;
    let blue = half;
    let from = begin + (first[x] ?? 0) * channels;
    const end = x * stride + (count[x] ?? 0);
    for (let tap = x * stride; tap < end; tap++, from += channels) {
      const weight = weights[tap] ?? 0;
      red = (red + imul(pixels[from] ?? 0, weight)) | 0;
      green = (green + imul(pixels[from + 1] ?? 0, weight)) | 0;
      blue = (blue + imul(pixels[from + 2] ?? 0, weight)) | 0;
    }
    result[at++] = red >> precisionBits;
    result[at++] = green >> precisionBits;
    result[at++] = blue >> precisionBits;
  }
}
