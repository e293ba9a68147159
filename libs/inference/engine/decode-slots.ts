import type { GraphSpec } from '../models/manifest.js';
import type { EncodedRow, EncoderRun } from './encoded-rows.js';
import {
  allocate,
  layoutOf,
  rowSize,
  tensorOf,
  writeRow,
  type BatchTensor,
  type RowLayout,
  type TensorData,
} from './tensor-layout.js';

/** Attention caches are padded to multiples of this: 16 floats are one vector register, and shapes stay few. */
const bucketTokens = 16;
/** Room given back when the cache is this many times longer than its longest row needs. */
const shrinkFactor = 2;

interface Cache {
  layout: RowLayout;
  data: TensorData;
}

/**
 * The state of the sentences under translation, row-major: slot `i` of every tensor is sentence `i`, so the first
 * `n` slots are the batch of a step as they lie in memory, nothing is gathered. Rows leave by moving the last slot
 * into the hole.
 *
 * Attention caches come from the encoder once; recurrent states (`x` in, `x_out` out) are replaced every step.
 */
export class DecodeSlots {
  readonly #capacity: number;
  readonly #caches: Cache[];
  readonly #states: Cache[];
  readonly #previousIds: Int32Array;
  readonly #positions: Int32Array;
  readonly #lengths: number[] = [];
  #cacheLength = bucketTokens;

  /**
   * @param step the decoder's graph.
   * @param cachePadding by encoder output that the decoder reads: what fills its cache past a sentence's end.
   */
  constructor(step: GraphSpec, cachePadding: ReadonlyMap<string, number>, capacity: number) {
    this.#capacity = capacity;
    const recurrent = new Set(step.outputs.map(({ name }) => name.replace(/_out$/, '')));
    const layouts = step.inputs.map(layoutOf);
    const room = (layout: RowLayout) => ({ layout, data: this.#allocate(layout, this.#cacheLength) });
    this.#caches = layouts
      .filter(({ name }) => cachePadding.has(name))
      .map((layout) => room({ ...layout, pad: cachePadding.get(layout.name) ?? 0 }));
    this.#states = layouts.filter(({ name }) => recurrent.has(name)).map(room);
    this.#previousIds = new Int32Array(capacity);
    this.#positions = new Int32Array(capacity);
  }

  get rows(): number {
    return this.#lengths.length;
  }

  get free(): number {
    return this.#capacity - this.rows;
  }

  get cacheLength(): number {
    return this.#cacheLength;
  }

  /** Appends rows of an encoder run; each reads its part of the outputs. */
  join(rows: readonly EncodedRow[], run: EncoderRun, startTokenId: number): void {
    this.#fit(Math.max(...this.#lengths, ...rows.map(({ row }) => row.length)));
    for (const { row: sentence, at } of rows) {
      const row = this.#lengths.push(sentence.length) - 1;
      for (const { layout, data } of this.#caches) {
        const source = run.outputs.get(layout.name);
        if (source === undefined) throw new Error(`the encoder gave no ${layout.name}`);
        blank(layout, data, row, this.#cacheLength);
        const offset = at * rowSize(layout, run.length);
        writeRow(
          layout,
          { data: source, length: run.length, offset },
          { data, length: this.#cacheLength, row },
        );
      }
      for (const { layout, data } of this.#states) blank(layout, data, row, 1);
      this.#previousIds[row] = startTokenId;
      this.#positions[row] = 0;
    }
  }

  /** Input tensors of one step: views of the first `rows` slots. */
  feeds(): Record<string, BatchTensor> {
    const { rows } = this;
    const feeds: Record<string, BatchTensor> = {};
    for (const { layout, data } of [...this.#caches, ...this.#states]) {
      const view = data.subarray(0, rows * rowSize(layout, this.#cacheLength));
      feeds[layout.name] = tensorOf(layout, view, rows, this.#cacheLength);
    }
    feeds['prev_ids'] = { dtype: 'int32', data: this.#previousIds.subarray(0, rows), dims: [rows] };
    feeds['position'] = { dtype: 'int32', data: this.#positions.subarray(0, rows), dims: [rows] };
    return feeds;
  }

  /** Takes a step's results over: states for the next one, and the token each row has just been given. */
  stepped(outputs: ReadonlyMap<string, TensorData>, nextIds: Int32Array): void {
    for (const { layout, data } of this.#states) {
      const next = outputs.get(`${layout.name}_out`);
      if (next !== undefined)
        writeRow({ ...layout, inner: next.length }, { data: next, length: 1 }, { data, length: 1, row: 0 });
    }
    this.#previousIds.set(nextIds);
    for (let row = 0; row < this.rows; row++) this.#positions[row] = (this.#positions[row] ?? 0) + 1;
  }

  /** Frees a slot; the last one takes its place. */
  leave(row: number): void {
    const last = this.rows - 1;
    if (row !== last) {
      for (const { layout, data } of [...this.#caches, ...this.#states]) {
        const size = rowSize(layout, this.#cacheLength);
        data.copyWithin(row * size, last * size, (last + 1) * size);
      }
      this.#previousIds.copyWithin(row, last, last + 1);
      this.#positions.copyWithin(row, last, last + 1);
      this.#lengths[row] = this.#lengths[last] ?? 0;
    }
    this.#lengths.pop();
  }

  /** Makes the caches long enough for `longest`, and no longer than twice that. */
  #fit(longest: number): void {
    const needed = Math.ceil(longest / bucketTokens) * bucketTokens;
    if (needed <= this.#cacheLength && needed * shrinkFactor > this.#cacheLength) return;
    for (const cache of this.#caches) {
      const { layout, data: old } = cache;
      const data = this.#allocate(layout, needed);
      for (let row = 0; row < this.rows; row++) {
        blank(layout, data, row, needed);
        const offset = row * rowSize(layout, this.#cacheLength);
        writeRow(layout, { data: old, length: this.#cacheLength, offset }, { data, length: needed, row });
      }
      cache.data = data;
    }
    this.#cacheLength = needed;
  }

  #allocate(layout: RowLayout, length: number): TensorData {
    return allocate(layout.dtype, this.#capacity * rowSize(layout, length));
  }
}

/** Fills a row's slot with the tensor's padding. */
function blank(layout: RowLayout, data: TensorData, row: number, length: number): void {
  const size = rowSize(layout, length);
  if (!(data instanceof BigInt64Array)) data.fill(layout.pad, row * size, (row + 1) * size);
}
