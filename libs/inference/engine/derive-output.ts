import type { RowTensor } from '../inference.types.js';
import type { DerivedSpec } from '../models/manifest.js';

/** One row's derived output; what it is made from is large and stays in the host. `length` is the row's, in tokens. */
export function deriveOutput(source: RowTensor, spec: DerivedSpec, length: number): RowTensor {
  if (source instanceof Float32Array) return derive(source, spec, length);
  throw new Error(`${spec.from} must be float32`);
}

function derive(
  source: Float32Array,
  { how, unitLength = false }: DerivedSpec,
  length: number,
): Float32Array {
  if (how === 'softmax') return softmax(source);
  if (how === 'as-is') return unitLength ? toUnitLength(source) : source;
  const width = source.length / length;
  const pooled = how === 'first-token' ? source.slice(0, width) : meanOfRows(source, width);
  return unitLength ? toUnitLength(pooled) : pooled;
}

/** Summed in 64 bits and always over the row's own tokens: padding cannot change the last digit. */
function meanOfRows(source: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < source.length; i++) {
    const column = i % width;
    sums[column] = (sums[column] ?? 0) + (source[i] ?? 0);
  }
  return Float32Array.from(sums, (sum) => (sum * width) / source.length);
}

function toUnitLength(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function softmax(logits: Float32Array): Float32Array {
  const highest = logits.reduce((most, value) => Math.max(most, value), -Infinity);
  const weights = Float64Array.from(logits, (value) => Math.exp(value - highest));
  const sum = weights.reduce((total, value) => total + value, 0);
  return Float32Array.from(weights, (value) => value / sum);
}
