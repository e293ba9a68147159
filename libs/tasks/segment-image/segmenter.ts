import type { ImageSpec, ModelHandle, PixelSize, SegmentationSpec } from '#inference';
import { imageInput } from '../image-input.js';
import { readLabels } from '../read-labels.js';

/** A model that marks what is in an image, and how to ask it. */
export interface Segmenter {
  readonly model: ModelHandle;
  readonly spec: ImageSpec;
  /** Name of the graph's input. */
  readonly input: string;
  /** The first is the ground. */
  readonly labels: readonly string[];
  /** Of the graph's scores. */
  readonly grid: PixelSize;
  readonly segmentation: SegmentationSpec;
}

/** @throws Error at boot when the manifest does not say how to read masks */
export async function loadSegmenter(model: ModelHandle): Promise<Segmenter> {
  const { spec, name } = imageInput(model);
  const { segmentation, graphs } = model.manifest;
  const scores = graphs['main']?.outputs.find((output) => output.name === 'scores');
  const [, , height, width] = scores?.dims ?? [];
  if (segmentation === undefined || typeof height !== 'number' || typeof width !== 'number')
    throw new Error(`${model.ref} segments but its manifest says not how to read masks`);
  const labels = await readLabels(model);
  return { model, spec, input: name, labels, grid: { width, height }, segmentation };
}
