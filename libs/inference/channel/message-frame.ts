import { types } from 'node:util';
import type { RowTensor } from '../inference.types.js';

/**
 * A message between dispatcher and engine host: two lengths (uint32, little endian), JSON of that many bytes, and then the
 * numbers of its tensors, each beginning at a multiple of four bytes. JSON holds a tensor's place where the message holds
 * the tensor: `{ "$tensor": [type, byte offset, elements] }`.
 *
 * Not Node's own channel with serialised messages: that copies every tensor once more on each side, into buffers that
 * make the serving process collect all its garbage for every few photos.
 */
export interface FrameLengths {
  readonly json: number;
  readonly tensors: number;
}

export const prologueBytes = 8;
/** Bounds, far above what a manifest or a full batch needs: past them the other side has lost its place in the stream. */
const maxBytes: FrameLengths = { json: 64 * 2 ** 20, tensors: 2 ** 30 };
const alignment = 4;
const placeKey = '$tensor';

const arrays = { u8: Uint8Array, i32: Int32Array, f32: Float32Array };
type TensorType = keyof typeof arrays;

/** @returns what to write, in order; the tensors are their callers' memory, not copies. */
export function encodeFrame(message: object): Uint8Array[] {
  const tensors: Uint8Array[] = [];
  let offset = 0;
  // Read from its holder: what a Buffer hands over in its place is a list of numbers.
  const json = JSON.stringify(message, function (this: Record<string, unknown>, key, given: unknown) {
    const value = this[key];
    if (!isTensor(value)) return given;
    const place = [typeOf(value), offset, value.length];
    const gap = -value.byteLength & (alignment - 1);
    tensors.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    if (gap > 0) tensors.push(new Uint8Array(gap));
    offset += value.byteLength + gap;
    return { [placeKey]: place };
  });
  const text = Buffer.from(json);
  const prologue = Buffer.allocUnsafe(prologueBytes);
  prologue.writeUInt32LE(text.length, 0);
  prologue.writeUInt32LE(offset, alignment);
  return [prologue, text, ...tensors];
}

/** @throws RangeError when no message can be so long */
export function readLengths(prologue: Buffer): FrameLengths {
  const lengths = { json: prologue.readUInt32LE(0), tensors: prologue.readUInt32LE(alignment) };
  if (lengths.json > maxBytes.json || lengths.tensors > maxBytes.tensors)
    throw new RangeError(`a message of ${lengths.json} and ${lengths.tensors} bytes`);
  return lengths;
}

/** @param tensors of a buffer of its own; the message's tensors are views of it. */
export function decodeFrame(json: Buffer, tensors: ArrayBuffer): unknown {
  return JSON.parse(json.toString(), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(placeKey in value)) return value;
    const [type, offset, length] = value[placeKey] as [TensorType, number, number];
    return new arrays[type](tensors, offset, length);
  });
}

/** By brand, not by instanceof: under Jest the arrays of a message belong to another realm. */
export function isTensor(value: unknown): value is RowTensor {
  return types.isInt32Array(value) || types.isUint8Array(value) || types.isFloat32Array(value);
}

function typeOf(tensor: RowTensor): TensorType {
  if (types.isUint8Array(tensor)) return 'u8';
  return types.isInt32Array(tensor) ? 'i32' : 'f32';
}
