import type { ImageSpec, ModelCatalogue, ModelHandle, PixelSize, SegmentationSpec } from '#inference';
import { imageInput } from '../image-input.js';
import { readLabels } from '../read-labels.js';
import { loadGate, type Gate } from './gate.js';

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
  /** Where to look; at all of the image where there is none. */
  readonly gate?: Gate;
}

/**
 * @param models where to find the model of its gate.
 * @throws Error at boot when the manifest does not say how to read masks
 */
export async function loadSegmenter(model: ModelHandle, models: ModelCatalogue): Promise<Segmenter> {
  const { spec, name } = imageInput(model);
  const { segmentation, graphs } = model.manifest;
  const scores = graphs['main']?.outputs.find((output) => output.name === 'scores');
  const [, , height, width] = scores?.dims ?? [];
  if (segmentation === undefined || typeof height !== 'number' || typeof width !== 'number')
    throw new Error(`${model.ref} segments but its manifest says not how to read masks`);
  const labels = await readLabels(model);
  const gate = segmentation.gate && (await loadGate(segmentation.gate, models));
  return { model, spec, input: name, labels, grid: { width, height }, segmentation, ...(gate && { gate }) };
}
