import type { RowInputs, RowTensor } from '../inference.types.js';
import type { GraphSpec, ImageSpec } from '../models/manifest.js';
import { maskName, RowMeasure } from './row-measure.js';
import { normalisePixels } from './normalise-pixels.js';
import {
  allocate,
  rowSize,
  tensorOf,
  writeRow,
  type BatchTensor,
  type RowLayout,
  type TensorData,
} from './tensor-layout.js';

/** Stacks rows into a graph's input tensors: pads to one length, writes the attention mask where rows have none. */
export class InputBatcher extends RowMeasure {
  readonly #normalise: ImageSpec['normalise'];

  /** @param image how the pixels that rows hold become a float graph's input. */
  constructor(graph: GraphSpec, image?: ImageSpec) {
    super(graph);
    this.#normalise = image?.normalise;
  }

  /** @param rows checked by `lengthOf`. `length` is that of the longest or more. */
  stack(rows: readonly { inputs: RowInputs; length: number }[], length: number): Record<string, BatchTensor> {
    const feeds: Record<string, BatchTensor> = {};
    for (const layout of this.layouts) {
      const data = allocate(layout.dtype, rows.length * rowSize(layout, length));
      if (layout.varies && layout.pad !== 0) fill(data, layout.pad);
      for (const [row, { inputs, length: own }] of rows.entries()) {
        const source = this.#sourceOf(inputs, layout, own);
        writeRow(layout, { data: source, length: own }, { data, length, row });
      }
      feeds[layout.name] = tensorOf(layout, data, rows.length, length);
    }
    return feeds;
  }

  /** A row of zeros, for warm-up. */
  blank(length: number): RowInputs {
    const given = this.layouts.filter(({ name, absent }) => name !== maskName && absent === undefined);
    return Object.fromEntries(
      given.map((layout) => [layout.name, blankRow(layout.dtype, rowSize(layout, length))]),
    );
  }

  #sourceOf(inputs: RowInputs, layout: RowLayout, length: number): RowTensor {
    const given = inputs[layout.name];
    if (given === undefined && layout.name === maskName) return constant(length, 1);
    if (given === undefined && layout.absent !== undefined)
      return constant(rowSize(layout, length), layout.absent);
    const data = this.dataOf(inputs, layout);
    return this.#normalise !== undefined && data instanceof Uint8Array
      ? normalisePixels(data, this.#normalise)
      : data;
  }
}

function constant(size: number, value: number): Int32Array {
  return new Int32Array(size).fill(value);
}

function fill(data: TensorData, value: number): void {
  if (data instanceof BigInt64Array) data.fill(BigInt(value));
  else data.fill(value);
}

function blankRow(dtype: RowLayout['dtype'], size: number): RowTensor {
  if (dtype === 'float32') return new Float32Array(size);
  return dtype === 'uint8' ? new Uint8Array(size) : new Int32Array(size);
}
