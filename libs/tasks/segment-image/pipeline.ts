import { decodePartsAside, drawMasksAside, type DecodedImage, type Look, type PixelSize } from '#inference';
import { definePipeline, type ItemRun } from '../pipeline.js';
import { preferredModel } from '../preferred-model.js';
import { segmentImage } from './contract.js';
import { describeMasks } from './describe-masks.js';
import { loadSegmenter, type Segmenter } from './segmenter.js';

type Item = Parameters<typeof segmentImage.amount>[0];

export const segmentImagePipeline = definePipeline(segmentImage, async (models) => {
  const segmenter = await loadSegmenter(preferredModel(models, segmentImage.id), models);
  const { model, labels, segmentation } = segmenter;
  return async (item, run) => {
    const { looks, size } = await lookAt(item, segmenter, run);
    const minAreaShare =
      item.minAreaPercent === undefined ? segmentation.minAreaShare : item.minAreaPercent / 100;
    const order = {
      looks,
      size,
      minScore: item.minScore ?? segmentation.threshold,
      minArea: minAreaShare * size.width * size.height,
      maxRegions: item.maxRegions,
      form: item.masks,
      tolerance: item.simplify,
      matte: segmentation.matte ?? false,
      ...(item.cutOut && { cutFrom: item.image }),
    };
    const masks = await drawMasksAside(order, run.signal);
    return { output: describeMasks(masks, labels, size), model: model.ref };
  };
});

/** One look at what is asked about, or at each place to which the gate leads, side by side. */
async function lookAt(
  { image, region }: Item,
  segmenter: Segmenter,
  run: ItemRun,
): Promise<{ looks: Look[]; size: PixelSize }> {
  const led = await segmenter.gate?.(image, region, run);
  if (led?.places.length === 0) return { looks: [], size: led.size };
  const parts = led?.places ?? (region && [region]);
  using pictures = await decodePartsAside(image, segmenter.spec, run.signal, parts);
  const { images } = pictures;
  const looks = await Promise.all(images.map((picture) => lookOnce(picture, segmenter, run)));
  const [first] = images;
  if (first === undefined) throw new Error('a thread gave no picture of an image');
  return { looks, size: first.size };
}

async function lookOnce(
  { pixels, view, part }: DecodedImage,
  { model, input, labels, grid }: Segmenter,
  run: ItemRun,
): Promise<Look> {
  const { scores } = await run.infer(model, { [input]: pixels });
  if (!(scores instanceof Uint8Array) || scores.length !== labels.length * grid.width * grid.height)
    throw new Error(`the graph of ${model.ref} gives no scores of ${labels.length} labels`);
  return { graph: { scores, labels: labels.length, ...grid }, view, part };
}
