import { decodePartsAside, readSize, type BorrowedImages, type ImageSpec } from '#inference';
import { AppError } from '#kernel';
import { preferredModel } from '../preferred-model.js';
import { definePipeline } from '../pipeline.js';
import { detectObjects } from './contract.js';
import { loadDetector } from './detector.js';
import { mergeLooks } from './merge-looks.js';
import { tilesOf } from './tile-grid.js';

type Item = Parameters<typeof detectObjects.amount>[0];

export const detectObjectsPipeline = definePipeline(detectObjects, async (models) => {
  const model = preferredModel(models, detectObjects.id);
  const detector = await loadDetector(model);
  const { labels } = detector;
  return async (item, run) => {
    const { labels: asked, minScore } = item;
    const kinds = asked && kindsOf(asked, labels);
    const wanted = { minScore, ...(kinds && { kinds }) };
    using pictures = await decodeLooks(item, detector.spec, run.signal);
    const looks = pictures.images.map((picture) => detector.look(picture, wanted, run));
    const detections = mergeLooks(await Promise.all(looks), item).map(({ kind, score, box }) => ({
      label: labels[kind] ?? `class ${kind}`,
      score,
      box,
    }));
    return { output: { detections }, model: model.ref };
  };
});

/** The whole of what is asked about, then its tiles. @throws AppError as `decodePartsAside` does */
async function decodeLooks(item: Item, spec: ImageSpec, signal: AbortSignal): Promise<BorrowedImages> {
  const { image, region, tile } = item;
  if (tile === 'none') return decodePartsAside(image, spec, signal, region && [region]);
  const whole = region ?? { x: 0, y: 0, ...(await readSize(image)) };
  const parts = [whole, ...tilesOf(whole)];
  // Billed is what the header says at the door: a file whose headers disagree could buy a large photo as a small one.
  if (parts.length !== detectObjects.amount(item))
    throw new AppError('image.unreadable', { detail: 'The headers of the file disagree about its size' });
  return decodePartsAside(image, spec, signal, parts);
}

/** @throws AppError `request.invalid` that names every label there is, when one asked for is none of them */
function kindsOf(wanted: readonly string[], labels: readonly string[]): ReadonlySet<number> {
  const issues = wanted.flatMap((label, index) =>
    labels.includes(label) ? [] : [{ path: `labels[${index}]`, message: 'is not a label of this model' }],
  );
  if (issues.length === 0) return new Set(wanted.map((label) => labels.indexOf(label)));
  const detail = `${issues[0]?.path}: is not a label of this model, which knows ${labels.join(', ')}`;
  throw new AppError('request.invalid', { detail, issues, supported: labels });
}
