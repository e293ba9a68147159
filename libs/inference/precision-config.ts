import type { TensorSpec } from './models/manifest.js';
import { productsSaturate } from './processor.js';

/**
 * Entries of onnxruntime's session configuration (`session.…`) with which a graph answers alike on every x86 processor.
 *
 * Where products saturate, int8 weights are widened to uint8, whose kernels add in 32 bits. Measured on such a processor
 * (AVX2): it takes a run of texts 17 to 19 % longer; without it 20 of 200 translations had other words. With VNNI it would
 * halve the speed for nothing.
 *
 * Graphs of pixels are left alone. The pack's recipes keep their weights small enough, so it would cost them up to 42 %
 * for the same bits.
 */
export function precisionConfig(inputs: readonly TensorSpec[]): Readonly<Record<string, string>> {
  const seesPixels = inputs.some(({ dtype }) => dtype === 'uint8');
  return !seesPixels && productsSaturate() ? { x64quantprecision: '1' } : {};
}
