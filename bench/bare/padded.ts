import { Tensor } from 'onnxruntime-node';

/** int32 [rows, longest], filled up with zeros. */
export function padded(rows: readonly Int32Array[]): Tensor {
  const length = Math.max(...rows.map((row) => row.length));
  const data = new Int32Array(rows.length * length);
  rows.forEach((row, index) => {
    data.set(row, index * length);
  });
  return new Tensor('int32', data, [rows.length, length]);
}

/** Ones where a row has tokens. */
export function maskOf(rows: readonly Int32Array[]): Tensor {
  return padded(rows.map((row) => new Int32Array(row.length).fill(1)));
}
