import type { ImageView } from '../images/image-view.js';

/** Weights between neighbours are whole numbers of 2^-11, so that sums are exact everywhere and fit 32 bits. */
const weightBits = 11;
const one = 1 << weightBits;

/** What a probability of 1 is in `valueAt`: 255 steps of 2^-11 x 2^-11. */
export const certain = 255 * one * one;

/** What a segmenter gives: uint8 [labels, height, width], 255 times the probability of each label. */
export interface GraphScores {
  readonly scores: Uint8Array;
  readonly labels: number;
  readonly width: number;
  readonly height: number;
}

/** For each place along a side of the image its two neighbours in the graph's grid, and the weight of the second. */
interface Neighbours {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Int32Array;
}

/**
 * Probabilities at the pixels of the image, bilinear between those of the graph: edges become smooth where enlarged
 * labels would be stairs. Whole numbers throughout; the Python reference (models/quality) gives the same to the bit.
 */
export class ScoreField {
  readonly #graph: GraphScores;
  readonly #across: Neighbours;
  readonly #down: Neighbours;
  readonly #left: number;
  readonly #top: number;

  /** @param part of the image that `valueAt` is asked about; past the edge of what the model saw its edge counts. */
  constructor(
    graph: GraphScores,
    { source }: ImageView,
    part: { x: number; y: number; width: number; height: number },
  ) {
    this.#graph = graph;
    this.#left = part.x;
    this.#top = part.y;
    this.#across = neighbours(part.x - source.x, part.width, source.width, graph.width);
    this.#down = neighbours(part.y - source.y, part.height, source.height, graph.height);
  }

  /** One row of the image for one label, for `valueAt`: the two rows of the grid around it, blended. */
  row(label: number, y: number, blended: Int32Array): void {
    const { scores, width, height } = this.#graph;
    const at = y - this.#top;
    const plane = label * height;
    const first = (plane + (this.#down.first[at] ?? 0)) * width;
    const second = (plane + (this.#down.second[at] ?? 0)) * width;
    const weight = this.#down.weight[at] ?? 0;
    for (let x = 0; x < width; x++)
      blended[x] = (scores[first + x] ?? 0) * (one - weight) + (scores[second + x] ?? 0) * weight;
  }

  /** `certain` times the probability at `x` in a blended row. */
  valueAt(blended: Int32Array, x: number): number {
    const at = x - this.#left;
    const weight = this.#across.weight[at] ?? 0;
    const first = blended[this.#across.first[at] ?? 0] ?? 0;
    return first * (one - weight) + (blended[this.#across.second[at] ?? 0] ?? 0) * weight;
  }
}

function neighbours(offset: number, count: number, size: number, cells: number): Neighbours {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const weight = new Int32Array(count);
  for (let place = 0; place < count; place++) {
    const centre = ((offset + place + 0.5) * cells) / size - 0.5;
    const below = Math.floor(centre);
    first[place] = Math.min(Math.max(below, 0), cells - 1);
    second[place] = Math.min(Math.max(below + 1, 0), cells - 1);
    weight[place] = Math.floor((centre - below) * one + 0.5);
  }
  return { first, second, weight };
}
