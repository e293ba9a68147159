import type { ImageView, PixelBox } from '../images/image-view.js';

/** Weights between neighbours are whole numbers of 2^-11, so that sums are exact everywhere and fit 32 bits. */
const weightBits = 11;
const one = 1 << weightBits;

/** What a probability of 1 is in a `Field`: 255 steps of 2^-11 x 2^-11. */
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

/** One look of a segmenter at a part of the image, and what it gave. */
export interface Look {
  readonly graph: GraphScores;
  readonly view: ImageView;
  /** What of the image was looked at. */
  readonly part: PixelBox;
}

/** Probabilities at the pixels of a part of the image. */
export interface Field {
  readonly part: PixelBox;
  readonly labels: number;
  /** `certain` times the probability of a label at each pixel of the part's row `y`. */
  row(label: number, y: number, values: Int32Array): void;
}

/**
 * Probabilities between those of the graph, bilinear: edges become smooth where enlarged labels would be stairs. Whole
 * numbers throughout; the Python reference (models/quality) gives the same to the bit. Past the edge of what the model
 * saw its edge counts.
 */
export class ScoreField implements Field {
  readonly part: PixelBox;
  readonly labels: number;
  readonly #graph: GraphScores;
  readonly #across: Neighbours;
  readonly #down: Neighbours;
  /** A row of the graph's grid, blended of the two around a row of the image. */
  readonly #blended: Int32Array;

  constructor({ graph, view: { source }, part }: Look) {
    this.part = part;
    this.labels = graph.labels;
    this.#graph = graph;
    this.#across = neighbours(part.x - source.x, part.width, source.width, graph.width);
    this.#down = neighbours(part.y - source.y, part.height, source.height, graph.height);
    this.#blended = new Int32Array(graph.width);
  }

  row(label: number, y: number, values: Int32Array): void {
    this.#blend(label, y - this.part.y);
    const { first, second, weight } = this.#across;
    for (let at = 0; at < this.part.width; at++) {
      const share = weight[at] ?? 0;
      const before = this.#blended[first[at] ?? 0] ?? 0;
      values[at] = before * (one - share) + (this.#blended[second[at] ?? 0] ?? 0) * share;
    }
  }

  #blend(label: number, at: number): void {
    const { scores, width, height } = this.#graph;
    const plane = label * height;
    const first = (plane + (this.#down.first[at] ?? 0)) * width;
    const second = (plane + (this.#down.second[at] ?? 0)) * width;
    const share = this.#down.weight[at] ?? 0;
    for (let x = 0; x < width; x++)
      this.#blended[x] = (scores[first + x] ?? 0) * (one - share) + (scores[second + x] ?? 0) * share;
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
