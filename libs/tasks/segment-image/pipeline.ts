import { decodeImageAside, drawMasksAside, type GraphScores } from '#inference';
import { definePipeline } from '../pipeline.js';
import { preferredModel } from '../preferred-model.js';
import { segmentImage } from './contract.js';
import { describeMasks } from './describe-masks.js';
import { loadSegmenter, type Segmenter } from './segmenter.js';

export const segmentImagePipeline = definePipeline(segmentImage, async (models) => {
  const segmenter = await loadSegmenter(preferredModel(models, segmentImage.id));
  const { model, spec, input, labels, segmentation } = segmenter;
  return async (item, run) => {
    using picture = await decodeImageAside(item.image, spec, run.signal, item.region);
    const { pixels, view, size } = picture;
    const outputs = await run.infer(model, { [input]: pixels });
    const minAreaShare =
      item.minAreaPercent === undefined ? segmentation.minAreaShare : item.minAreaPercent / 100;
    const order = {
      graph: scoresOf(outputs['scores'], segmenter),
      view,
      size,
      part: item.region ?? { x: 0, y: 0, ...size },
      minScore: item.minScore ?? segmentation.threshold,
      minArea: minAreaShare * size.width * size.height,
      maxRegions: item.maxRegions,
      form: item.masks,
      tolerance: item.simplify,
      ...(item.cutOut && { cutFrom: item.image }),
    };
    const masks = await drawMasksAside(order, run.signal);
    return { output: describeMasks(masks, labels, size), model: model.ref };
  };
});

function scoresOf(scores: unknown, { labels, grid, model }: Segmenter): GraphScores {
  if (scores instanceof Uint8Array && scores.length === labels.length * grid.width * grid.height)
    return { scores, labels: labels.length, ...grid };
  throw new Error(`the graph of ${model.ref} gives no scores of ${labels.length} labels`);
}
