import {
  decodeImageAside,
  type GateSpec,
  type ModelCatalogue,
  type PixelBox,
  type PixelSize,
} from '#inference';
import { loadDetector } from '../detect-objects/detector.js';
import { suppressOverlaps, type Box } from '../detect-objects/suppress-overlaps.js';
import type { ItemRun } from '../pipeline.js';

/** Where a gate leads. */
export interface Lead {
  /** Parts of the upright image, the likeliest first; none where nothing was found. */
  readonly places: readonly PixelBox[];
  /** Of the upright image. */
  readonly size: PixelSize;
}

/** @throws AppError as `decodeImageAside` does */
export type Gate = (image: Uint8Array, region: PixelBox | undefined, run: ItemRun) => Promise<Lead>;

/** Of boxes that share more than this part of their joint area only the best is a place. */
const iouThreshold = 0.6;

/** @throws Error when the catalogue lacks the model that opens the gate, or the model the label */
export async function loadGate(spec: GateSpec, models: ModelCatalogue): Promise<Gate> {
  const model = models.list().find(({ name }) => name === spec.model);
  if (model === undefined) throw new Error(`${spec.model} is to be asked first but is not served here`);
  const detector = await loadDetector(model);
  const kind = detector.labels.indexOf(spec.label);
  if (kind < 0) throw new Error(`${model.ref} is to find ${spec.label}, which it does not know`);
  const wanted = { minScore: spec.minScore, kinds: new Set([kind]) };
  const rules = { iouThreshold, classAgnostic: false, maxDetections: spec.maxPlaces };
  return async (image, region, run) => {
    using picture = await decodeImageAside(image, detector.spec, run.signal, region);
    const { candidates } = await detector.look(picture, wanted, run);
    const found = suppressOverlaps(candidates, rules);
    return {
      places: found.map(({ box }) => widened(box, spec.margin, picture.part)),
      size: picture.size,
    };
  };
}

/** In whole pixels, inside of `whole`. */
function widened({ x, y, width, height }: Box, margin: number, whole: PixelBox): PixelBox {
  const [left, right] = span(x, width, margin, [whole.x, whole.width]);
  const [top, bottom] = span(y, height, margin, [whole.y, whole.height]);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function span(
  start: number,
  length: number,
  margin: number,
  [first, count]: [number, number],
): [number, number] {
  const over = margin * length;
  return [
    Math.max(first, Math.floor(start - over)),
    Math.min(first + count, Math.ceil(start + length + over)),
  ];
}
