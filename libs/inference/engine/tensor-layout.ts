import type { RowTensor } from '../inference.types.js';
import type { TensorSpec } from '../models/manifest.js';

/** Arrays that tensors are made of; int64 exists only at the graph's edge. */
export type TensorData = Float32Array | Int32Array | Uint8Array | Int8Array | BigInt64Array;

/** The rows of one run, stacked: what a graph takes, wherever it runs. */
export interface BatchTensor {
  readonly dtype: TensorSpec['dtype'];
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** What the named dimensions of a manifest are in one run. */
export interface BatchSizes {
  batch: number;
  sequence: number;
  /** Tokens decoded so far, for the caches that grow with them. */
  past: number;
}

/** A row without its sequence dimension's size: `outer` blocks of `sequence` × `inner` elements. */
export interface RowLayout {
  readonly name: string;
  readonly dtype: TensorSpec['dtype'];
  readonly dims: TensorSpec['dims'];
  readonly outer: number;
  readonly inner: number;
  readonly varies: boolean;
  readonly pad: number;
  /** What the input holds where a row leaves it out; undefined when every row gives it. */
  readonly absent: number | undefined;
}

export function layoutOf(spec: TensorSpec): RowLayout {
  const dims = spec.dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
  const at = spec.dims.indexOf('sequence') - 1;
  const varies = at >= 0;
  return {
    name: spec.name,
    dtype: spec.dtype,
    dims: spec.dims,
    outer: varies ? product(dims.slice(0, at)) : 1,
    inner: product(varies ? dims.slice(at + 1) : dims),
    varies,
    pad: spec.pad ?? 0,
    absent: spec.absent,
  };
}

export function dimsOf({ dims }: Pick<RowLayout, 'dims'>, sizes: BatchSizes): number[] {
  return dims.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]));
}

/** @param past tokens decoded so far, for the caches that grow with them. */
export function tensorOf(
  layout: RowLayout,
  data: TensorData,
  rows: number,
  length: number,
  past = 0,
): BatchTensor {
  return { dtype: layout.dtype, data, dims: dimsOf(layout, { batch: rows, sequence: length, past }) };
}

/** Elements of one row at a sequence length (ignored where the tensor has none). */
export function rowSize(layout: RowLayout, length: number): number {
  return layout.outer * layout.inner * (layout.varies ? length : 1);
}

/** Sequence length of a row's data; 1 where the tensor has no sequence. */
export function rowLength(layout: RowLayout, data: ArrayLike<unknown>): number {
  return layout.varies ? data.length / (layout.outer * layout.inner) : 1;
}

export function allocate(dtype: TensorSpec['dtype'], size: number): TensorData {
  switch (dtype) {
    case 'float32':
      return new Float32Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'uint8':
    case 'bool':
      return new Uint8Array(size);
    case 'int8':
      return new Int8Array(size);
    case 'int64':
      return new BigInt64Array(size);
  }
}

/** Puts one row into a batch whose rows are `batchLength` long; what the row does not fill is left alone. */
export function writeRow(
  layout: RowLayout,
  source: { data: TensorData; length: number; offset?: number },
  target: { data: TensorData; length: number; row: number },
): void {
  const from = source.offset ?? 0;
  const to = target.row * rowSize(layout, target.length);
  const copied = Math.min(source.length, target.length) * layout.inner;
  const size = layout.varies ? copied : layout.inner;
  for (let block = 0; block < layout.outer; block++) {
    const start = from + block * (layout.varies ? source.length : 1) * layout.inner;
    const place = to + block * (layout.varies ? target.length : 1) * layout.inner;
    copy(source.data, start, size, target.data, place);
  }
}

/** The row's part of an output, as the types that leave the host; a copy, since the batch is reused. */
export function readRow(
  layout: RowLayout,
  data: TensorData,
  place: { row: number; batchLength: number; length: number },
): RowTensor {
  const row = allocate(layout.dtype, rowSize(layout, place.length));
  writeRow(
    layout,
    { data, length: place.batchLength, offset: place.row * rowSize(layout, place.batchLength) },
    { data: row, length: place.length, row: 0 },
  );
  if (row instanceof BigInt64Array || row instanceof Int8Array) return Int32Array.from(row, Number);
  return row;
}

/** Below this many elements a loop beats `set`, which first needs a view: caches are copied in runs of S floats. */
const smallCopy = 64;

function copy(source: TensorData, start: number, size: number, target: TensorData, at: number): void {
  if (target instanceof BigInt64Array)
    for (let i = 0; i < size; i++) target[at + i] = BigInt(source[start + i] ?? 0);
  else if (source instanceof BigInt64Array)
    for (let i = 0; i < size; i++) target[at + i] = Number(source[start + i]);
  else if (size < smallCopy) for (let i = 0; i < size; i++) target[at + i] = source[start + i] ?? 0;
  else target.set(source.subarray(start, start + size), at);
}

function product(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total * number, 1);
}
