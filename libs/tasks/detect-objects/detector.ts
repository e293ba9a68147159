import type { DecodedImage, ImageSpec, InferenceOutputs, ModelHandle } from '#inference';
import { imageInput } from '../image-input.js';
import type { ItemRun } from '../pipeline.js';
import { readLabels } from '../read-labels.js';
import { BoxReader, type GraphCandidates, type Wanted } from './box-reader.js';
import type { Look } from './merge-looks.js';

/** A model that finds things, and how to ask it. */
export interface Detector {
  readonly labels: readonly string[];
  readonly spec: ImageSpec;
  /** One look at a picture that was decoded by `spec`; boxes of one thing still overlap. */
  look(picture: DecodedImage, wanted: Wanted, run: ItemRun): Promise<Look>;
}

/** @throws Error at boot when the manifest does not say how to read boxes */
export async function loadDetector(model: ModelHandle): Promise<Detector> {
  const { spec, name } = imageInput(model);
  const { detection } = model.manifest;
  if (detection === undefined)
    throw new Error(`${model.ref} detects but its manifest says not how to read boxes`);
  const labels = await readLabels(model);
  const reader = new BoxReader(spec, detection, labels.length);
  return {
    labels,
    spec,
    async look({ pixels, view }, wanted, run) {
      const outputs = await run.infer(model, { [name]: pixels });
      return { seen: view.source, candidates: reader.read(candidatesOf(outputs), view, wanted) };
    },
  };
}

function candidatesOf({ scores, cells, distances }: InferenceOutputs): GraphCandidates {
  if (scores && cells && distances) return { scores, cells, distances };
  throw new Error('the graph gives no scores, cells and distances');
}
