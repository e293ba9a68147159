import { z } from 'zod';
import { imageBytes } from '#contracts';
import { maxImageSidePx } from '#kernel';

/** The image that a task is asked about. */
export const imageField = () =>
  imageBytes().describe(
    `JPEG, PNG or WebP, at most 10 MiB, 25 megapixels and ${maxImageSidePx} pixels a side; EXIF orientation is honoured`,
  );

export const region = z
  .strictObject({
    x: z.int().min(0).max(maxImageSidePx),
    y: z.int().min(0).max(maxImageSidePx),
    width: z.int().min(1).max(maxImageSidePx),
    height: z.int().min(1).max(maxImageSidePx),
  })
  .meta({ id: 'Region' });

export const box = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).meta({
  id: 'Box',
  description: 'in pixels of the upright image; x and y are those of the top left corner',
});

/** A white pixel as PNG: the smallest body that works as pasted. */
export const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg==';
