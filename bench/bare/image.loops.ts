import { Tensor } from 'onnxruntime-node';
import { decodeImage, drawMasks, type DecodedImage, type ImageSpec, type ModelHandle } from '#inference';
import { openGraph, type Feeds } from './sessions.js';
import { parts, type BareLoop, type MakeFeeds } from './single-pass.loops.js';

const photosAPass = 64;

/** One file, decoded as often as a pass has photos. */
export function imageFeeds(file: Uint8Array): (model: ModelHandle) => Promise<MakeFeeds> {
  return (model) => {
    const spec = imageSpecOf(model);
    return Promise.resolve(async (batch) => {
      const pictures = await decodeAll(file, spec);
      return parts(pictures, batch).map((part) => pixelFeeds(part, spec));
    });
  };
}

/** `imageFeeds` and, as the task's reply has them by default, the masks of every photo as a PNG. */
export function segmentLoop(file: Uint8Array): (model: ModelHandle) => Promise<BareLoop> {
  return async (model) => {
    const spec = imageSpecOf(model);
    const session = await openGraph(model, 'main');
    return async (batch) => {
      const pictures = await decodeAll(file, spec);
      for (const part of parts(pictures, batch)) {
        const { scores } = await session.run(pixelFeeds(part, spec));
        if (scores === undefined) throw new Error(`${model.ref} gives no scores`);
        for (const [row, picture] of part.entries()) await drawRow(model, scores, row, picture);
      }
      return pictures.length;
    };
  };
}

/** uint8 [photos, height, width, 3] */
export function pixelFeeds(pictures: readonly DecodedImage[], { height, width }: ImageSpec): Feeds {
  const data = new Uint8Array(Buffer.concat(pictures.map(({ pixels }) => pixels)));
  return { pixels: new Tensor('uint8', data, [pictures.length, height, width, 3]) };
}

export function imageSpecOf({ ref, manifest: { image } }: ModelHandle): ImageSpec {
  if (image === undefined) throw new Error(`${ref} has no image specification`);
  return image;
}

/** @param scores uint8 [photos, labels, height, width] */
async function drawRow(
  { ref, manifest: { segmentation } }: ModelHandle,
  { data, dims }: Tensor,
  row: number,
  { view, size }: DecodedImage,
): Promise<void> {
  const [, labels = 0, height = 0, width = 0] = dims;
  if (!(data instanceof Uint8Array) || segmentation === undefined) throw new Error(`${ref} is no segmenter`);
  const length = labels * height * width;
  const graph = { scores: data.subarray(row * length, (row + 1) * length), labels, width, height };
  const { png } = await drawMasks({
    looks: [{ graph, view, part: { x: 0, y: 0, ...size } }],
    size,
    minScore: segmentation.threshold,
    minArea: segmentation.minAreaShare * size.width * size.height,
    maxRegions: 100,
    form: 'png',
    tolerance: 1,
  });
  if (png === undefined) throw new Error('no mask was drawn');
}

async function decodeAll(file: Uint8Array, spec: ImageSpec): Promise<DecodedImage[]> {
  const pictures: DecodedImage[] = [];
  for (let i = 0; i < photosAPass; i++) pictures.push(await decodeImage(file, spec));
  return pictures;
}
