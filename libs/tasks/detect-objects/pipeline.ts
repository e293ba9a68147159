import { decodeImageAside, type InferenceOutputs } from '#inference';
import { AppError } from '#kernel';
import { imageInput } from '../image-input.js';
import { preferredModel } from '../preferred-model.js';
import { definePipeline } from '../pipeline.js';
import { readLabels } from '../read-labels.js';
import { BoxReader, type GraphCandidates } from './box-reader.js';
import { detectObjects } from './contract.js';
import { suppressOverlaps } from './suppress-overlaps.js';

export const detectObjectsPipeline = definePipeline(detectObjects, async (models) => {
  const model = preferredModel(models, 'detect-objects');
  const { spec, name } = imageInput(model);
  const { detection } = model.manifest;
  if (detection === undefined)
    throw new Error(`${model.ref} detects but its manifest says not how to read boxes`);
  const labels = await readLabels(model);
  const reader = new BoxReader(spec, detection, labels.length);
  return async ({ image, region, labels: wanted, minScore, ...rules }, run) => {
    const kinds = wanted && kindsOf(wanted, labels);
    const { pixels, view } = await decodeImageAside(image, spec, run.signal, region);
    const outputs = await run.infer(model, { [name]: pixels });
    const candidates = reader.read(candidatesOf(outputs), view, { minScore, ...(kinds && { kinds }) });
    const detections = suppressOverlaps(candidates, rules).map(({ kind, score, box }) => ({
      label: labels[kind] ?? `class ${kind}`,
      score,
      box,
    }));
    return { output: { detections }, model: model.ref };
  };
});

/** @throws AppError `request.invalid` that names every label there is, when one asked for is none of them */
function kindsOf(wanted: readonly string[], labels: readonly string[]): ReadonlySet<number> {
  const issues = wanted.flatMap((label, index) =>
    labels.includes(label) ? [] : [{ path: `labels[${index}]`, message: 'is not a label of this model' }],
  );
  if (issues.length === 0) return new Set(wanted.map((label) => labels.indexOf(label)));
  const detail = `${issues[0]?.path}: is not a label of this model, which knows ${labels.join(', ')}`;
  throw new AppError('request.invalid', { detail, issues, supported: labels });
}

function candidatesOf({ scores, cells, distances }: InferenceOutputs): GraphCandidates {
  if (scores && cells && distances) return { scores, cells, distances };
  throw new Error('the graph gives no scores, cells and distances');
}
