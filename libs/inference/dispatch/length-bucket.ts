const bucketsPerOctave = 8;

/**
 * Padded length of a row: 8 sizes to each doubling, so at most an eighth is padding that no batch mate caused, and
 * a model sees tens of shapes, not hundreds (on some CPUs onnxruntime keeps packed weights for each).
 */
export function paddedLength(length: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2(length)) - Math.log2(bucketsPerOctave));
  return Math.ceil(length / step) * step;
}
