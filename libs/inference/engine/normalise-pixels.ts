import type { ImageSpec } from '../models/manifest.js';

const channels = 3;

/** uint8 [height, width, 3] to float32 [3, height, width], as graphs trained with channel statistics want it. */
export function normalisePixels(
  pixels: Uint8Array,
  { scale, mean, deviation }: NonNullable<ImageSpec['normalise']>,
): Float32Array {
  const area = pixels.length / channels;
  const result = new Float32Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    const factor = scale / (deviation[channel] ?? 1);
    const offset = (mean[channel] ?? 0) / (deviation[channel] ?? 1);
    for (let from = channel, to = channel * area; from < pixels.length; from += channels, to++)
      result[to] = (pixels[from] ?? 0) * factor - offset;
  }
  return result;
}
