import type { Tensor } from 'onnxruntime-node';
import type { RowInputs, RowTensor } from '../inference.types.js';
import { maskName, RowMeasure } from './row-measure.js';
import { tensorOf } from './session.js';
import { allocate, rowSize, writeRow, type RowLayout } from './tensor-layout.js';

/** Stacks rows into a graph's input tensors: pads to one length, writes the attention mask where rows have none. */
export class InputBatcher extends RowMeasure {
  /** @param rows checked by `lengthOf`. `length` is that of the longest or more. */
  stack(rows: readonly { inputs: RowInputs; length: number }[], length: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {};
    for (const layout of this.layouts) {
      const data = allocate(layout.dtype, rows.length * rowSize(layout, length));
      if (layout.varies && layout.pad !== 0 && !(data instanceof BigInt64Array)) data.fill(layout.pad);
      for (const [row, { inputs, length: own }] of rows.entries()) {
        const source =
          layout.name === maskName ? (inputs[maskName] ?? ones(own)) : this.dataOf(inputs, layout);
        writeRow(layout, { data: source, length: own }, { data, length, row });
      }
      feeds[layout.name] = tensorOf(layout, data, rows.length, length);
    }
    return feeds;
  }

  /** A row of zeros, for warm-up. */
  blank(length: number): RowInputs {
    const given = this.layouts.filter(({ name }) => name !== maskName);
    return Object.fromEntries(
      given.map((layout) => [layout.name, blankRow(layout.dtype, rowSize(layout, length))]),
    );
  }
}

function ones(length: number): Int32Array {
  return new Int32Array(length).fill(1);
}

function blankRow(dtype: RowLayout['dtype'], size: number): RowTensor {
  if (dtype === 'float32') return new Float32Array(size);
  return dtype === 'uint8' ? new Uint8Array(size) : new Int32Array(size);
}
