import { placeInImage, type DetectionSpec, type ImageView, type PixelSize } from '#inference';
import type { Box, Candidate } from './suppress-overlaps.js';

/** One row of the graph, best first: a cell is place × kinds + kind; distances are four distributions of logits each. */
export interface GraphCandidates {
  readonly scores: ArrayLike<number>;
  readonly cells: ArrayLike<number>;
  readonly distances: ArrayLike<number>;
}

/** Which candidates are worth reading. */
export interface Wanted {
  readonly minScore: number;
  /** Indices of labels; all where it is left out. */
  readonly kinds?: ReadonlySet<number>;
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly stride: number;
}

/** The left, top, right and bottom distance of a box's sides from its place. */
const sides = 4;

/** Reads boxes as distances from the places of a grid, each the mean of a distribution ("generalised focal loss"). */
export class BoxReader {
  readonly #places: readonly Place[];
  readonly #bins: number;
  readonly #kinds: number;

  /** @param picture size of what the model sees; `kinds` is how many labels it knows. */
  constructor(picture: PixelSize, { strides, bins }: DetectionSpec, kinds: number) {
    this.#places = strides.flatMap((stride) => grid(picture, stride));
    this.#bins = bins;
    this.#kinds = kinds;
  }

  /** Boxes in pixels of the upright image, cut at the edge of what the model saw; empty ones are left out. */
  read({ scores, cells, distances }: GraphCandidates, view: ImageView, wanted: Wanted): Candidate[] {
    const found: Candidate[] = [];
    for (let index = 0; index < scores.length; index++) {
      const score = scores[index] ?? 0;
      const cell = cells[index] ?? 0;
      const kind = cell % this.#kinds;
      if (score < wanted.minScore || wanted.kinds?.has(kind) === false) continue;
      const place = this.#places[Math.floor(cell / this.#kinds)];
      if (place === undefined) throw new Error(`the graph names the cell ${cell}, which the grid has not`);
      const box = this.#box(place, distances, index * sides * this.#bins, view);
      if (box.width > 0 && box.height > 0) found.push({ kind, score, box });
    }
    return found;
  }

  #box({ x, y, stride }: Place, logits: ArrayLike<number>, at: number, view: ImageView): Box {
    const distance = (side: number) => stride * meanOf(logits, at + side * this.#bins, this.#bins);
    const start = placeInImage(view, x - distance(0), y - distance(1));
    const end = placeInImage(view, x + distance(2), y + distance(3));
    return { ...start, width: end.x - start.x, height: end.y - start.y };
  }
}

/** Centres, row by row. */
function grid({ width, height }: PixelSize, stride: number): Place[] {
  const across = Math.ceil(width / stride);
  return Array.from({ length: across * Math.ceil(height / stride) }, (_, index) => ({
    x: ((index % across) + 0.5) * stride,
    y: (Math.floor(index / across) + 0.5) * stride,
    stride,
  }));
}

/** The mean of 0, 1, … `count` − 1 under the distribution whose logits begin at `at`. */
function meanOf(logits: ArrayLike<number>, at: number, count: number): number {
  let highest = -Infinity;
  for (let bin = 0; bin < count; bin++) highest = Math.max(highest, logits[at + bin] ?? 0);
  let sum = 0;
  let weighted = 0;
  for (let bin = 0; bin < count; bin++) {
    const weight = Math.exp((logits[at + bin] ?? 0) - highest);
    sum += weight;
    weighted += bin * weight;
  }
  return weighted / sum;
}
