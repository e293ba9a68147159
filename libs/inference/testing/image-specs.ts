import type { ImageSpec } from '../models/manifest.js';

/** How the starter pack's classifier reads photos. */
export const centreCrop = {
  width: 224,
  height: 224,
  resize: 'centre-crop',
  cropFraction: 0.875,
  interpolation: 'bicubic',
} as const satisfies ImageSpec;

/** How its detector does. */
export const letterbox = {
  width: 416,
  height: 416,
  resize: 'letterbox',
  fill: 114,
  interpolation: 'bicubic',
} as const satisfies ImageSpec;

/** How its segmenters do. */
export const stretch = {
  width: 256,
  height: 256,
  resize: 'stretch',
  interpolation: 'bicubic',
} as const satisfies ImageSpec;
