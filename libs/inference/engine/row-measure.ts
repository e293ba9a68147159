import type { RowInputs, RowTensor } from '../inference.types.js';
import type { GraphSpec } from '../models/manifest.js';
import { layoutOf, rowLength, rowSize, type RowLayout } from './tensor-layout.js';

/** Rows may leave it out: the engine knows which tokens are real. */
export const maskName = 'attention_mask';

/** Knows how long a row is and whether it fits a graph's inputs; needs no onnxruntime, so both processes ask it. */
export class RowMeasure {
  readonly layouts: readonly RowLayout[];
  readonly #sized: RowLayout;

  /** @throws when the graph has no input that rows could give. */
  constructor(graph: GraphSpec) {
    this.layouts = graph.inputs.map(layoutOf);
    const given = this.layouts.filter(({ name, absent }) => name !== maskName && absent === undefined);
    const sized = given.find(({ varies }) => varies) ?? given[0];
    if (sized === undefined) throw new Error('the graph has no input beside its mask');
    this.#sized = sized;
  }

  /** True when rows differ in length. */
  get varies(): boolean {
    return this.#sized.varies;
  }

  /**
   * Tokens of the row; 1 for a row without a sequence, such as an image.
   * @throws when the row does not fit the manifest (a missing tensor, a wrong size).
   */
  lengthOf(inputs: RowInputs): number {
    const length = rowLength(this.#sized, this.dataOf(inputs, this.#sized));
    for (const layout of this.layouts) {
      const optional = layout.name === maskName || layout.absent !== undefined;
      if (optional && inputs[layout.name] === undefined) continue;
      const { length: found } = this.dataOf(inputs, layout);
      if (!Number.isInteger(length) || length < 1 || found !== rowSize(layout, length))
        throw new Error(`${layout.name} has ${found} elements, which does not fit a row of ${length}`);
    }
    return length;
  }

  dataOf(inputs: RowInputs, layout: RowLayout): RowTensor {
    const data = inputs[layout.name];
    if (data === undefined) throw new Error(`the row has no ${layout.name}`);
    return data;
  }
}
