import type { InferenceOutputs, RowTensor } from '../inference.types.js';

/** How far two devices agree on the same rows. */
export interface Agreement {
  rows: number;
  /** Rows whose token ids or whole numbers are the same; rows of floats count when they are close. */
  agreeing: number;
  /** Lowest cosine between float outputs of a row; 1 where there are none. */
  lowestCosine: number;
}

/** Closer than this two vectors are the same answer: half precision keeps about 0.9999. */
const sameCosine = 0.999;

export function compareOutputs(
  expected: readonly InferenceOutputs[],
  found: readonly InferenceOutputs[],
): Agreement {
  const rows = expected.map((outputs, index) => compareRow(outputs, found[index] ?? {}));
  return {
    rows: rows.length,
    agreeing: rows.filter(({ same }) => same).length,
    lowestCosine: Math.min(1, ...rows.map(({ cosine }) => cosine)),
  };
}

function compareRow(expected: InferenceOutputs, found: InferenceOutputs): { same: boolean; cosine: number } {
  let same = true;
  let lowest = 1;
  for (const [name, tensor] of Object.entries(expected)) {
    const other = found[name];
    if (other === undefined || other.length !== tensor.length) return { same: false, cosine: -1 };
    if (tensor instanceof Float32Array) lowest = Math.min(lowest, cosine(tensor, other));
    else same &&= tensor.every((value, at) => value === other[at]);
  }
  return { same: same && lowest >= sameCosine, cosine: lowest };
}

function cosine(a: RowTensor, b: RowTensor): number {
  const [ab, aa, bb] = [dot(a, b), dot(a, a), dot(b, b)];
  return aa === 0 && bb === 0 ? 1 : ab / Math.sqrt(aa * bb);
}

function dot(a: RowTensor, b: RowTensor): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
