import { z } from 'zod';
import { imageBytes } from '#contracts';

/** The image that a task is asked about. */
export const imageField = () =>
  imageBytes().describe('JPEG, PNG or WebP, at most 10 MiB and 25 megapixels; EXIF orientation is honoured');

/** No side of an accepted image is longer: it has at most 25 megapixels. */
const maxSide = 25_000_000;

export const region = z
  .strictObject({
    x: z.int().min(0).max(maxSide),
    y: z.int().min(0).max(maxSide),
    width: z.int().min(1).max(maxSide),
    height: z.int().min(1).max(maxSide),
  })
  .meta({ id: 'Region' });

export const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).meta({
  id: 'Box',
  description: 'in pixels of the upright image; x and y are those of the top left corner',
});

/** A white pixel as PNG: the smallest body that works as pasted. */
export const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==';
