import { decodeImageAside, drawMasksAside, type GraphScores, type ModelCatalogue } from '#inference';
import { AppError } from '#kernel';
import { definePipeline } from '../pipeline.js';
import { segmentImage } from './contract.js';
import { describeMasks } from './describe-masks.js';
import { loadSegmenter, type Segmenter } from './segmenter.js';

export const segmentImagePipeline = definePipeline(segmentImage, async (models) => {
  const segmenters = await loadSegmenters(models);
  return async (item, run) => {
    const segmenter = chosen(segmenters, item.model);
    const { model, spec, input, labels, segmentation } = segmenter;
    const { pixels, view, size } = await decodeImageAside(item.image, spec, run.signal, item.region);
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

/** @throws Error at boot when there is none */
async function loadSegmenters(models: ModelCatalogue): Promise<readonly Segmenter[]> {
  const loaded = await Promise.all(models.forTask(segmentImage.id).map(loadSegmenter));
  if (loaded.length === 0) throw new Error(`no model in the catalogue serves the task ${segmentImage.id}`);
  return loaded;
}

/** @param name with or without a revision. @throws AppError `request.invalid` that names every model there is */
function chosen(segmenters: readonly Segmenter[], name: string): Segmenter {
  const found = segmenters.find(({ model }) => model.name === name || model.ref === name);
  if (found !== undefined) return found;
  const supported = segmenters.map(({ model }) => model.name);
  const message = `is not a model that segments images; there are ${supported.join(', ')}`;
  const issues = [{ path: 'model', message }];
  throw new AppError('request.invalid', { detail: `model: ${message}`, issues, supported });
}

function scoresOf(scores: unknown, { labels, grid, model }: Segmenter): GraphScores {
  if (scores instanceof Uint8Array && scores.length === labels.length * grid.width * grid.height)
    return { scores, labels: labels.length, ...grid };
  throw new Error(`the graph of ${model.ref} gives no scores of ${labels.length} labels`);
}
