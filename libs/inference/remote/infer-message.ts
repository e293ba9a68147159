import { z } from 'zod';
import { allocate, dimsOf, type BatchSizes, type BatchTensor } from '../engine/tensor-layout.js';
import type { RowLayout, TensorData } from '../engine/tensor-layout.js';
import { datatypes, inferReply } from './open-inference.messages.js';

/** A message of the protocol with its binary extension: JSON, then the bytes of the tensors in its order. */
export interface InferMessage {
  headerLength: number;
  body: Uint8Array;
}

/** Tensors travel as the bytes they are: little-endian, as every CPU that onnxruntime has a build for. */
export function writeInfer(
  feeds: Readonly<Record<string, BatchTensor>>,
  outputs: readonly RowLayout[],
): InferMessage {
  const inputs = Object.entries(feeds);
  const header = Buffer.from(
    JSON.stringify({
      inputs: inputs.map(([name, { dtype, dims, data }]) => ({
        name,
        datatype: datatypes[dtype],
        shape: dims,
        parameters: { binary_data_size: data.byteLength },
      })),
      outputs: outputs.map(({ name }) => ({ name, parameters: { binary_data: true } })),
    }),
  );
  const tensors = inputs.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { headerLength: header.length, body: Buffer.concat([header, ...tensors]) };
}

/** What a reply to such a run may have in bytes: the tensors are known, their JSON is short. */
export function maxReplyBytes(outputs: readonly RowLayout[], sizes: BatchSizes): number {
  const maxHeaderBytes = 65_536;
  return outputs.reduce((sum, layout) => sum + blankOf(layout, sizes).byteLength, maxHeaderBytes);
}

/** @throws Error for whatever is not exactly the outputs asked for, in their types and shapes. */
export function readInfer(
  { headerLength, body }: InferMessage,
  outputs: readonly RowLayout[],
  sizes: BatchSizes,
): Map<string, TensorData> {
  const { outputs: told } = inferReply.parse(
    JSON.parse(Buffer.from(body.subarray(0, headerLength)).toString()),
  );
  let offset = headerLength;
  const bytesOf = new Map(
    told.map((output) => {
      const bytes = output.parameters?.binary_data_size;
      if (bytes === undefined) throw new Error(`${output.name} is not answered as binary data`);
      const start = offset;
      offset += bytes;
      return [output.name, { ...output, bytes: body.subarray(start, offset) }];
    }),
  );
  if (offset !== body.length)
    throw new Error(`the reply has ${body.length} bytes, not the ${offset} it tells of`);
  return new Map(
    outputs.map((layout) => {
      const found = bytesOf.get(layout.name);
      const [dtype, shape] = [datatypes[layout.dtype], dimsOf(layout, sizes)];
      if (found?.datatype !== dtype || found.shape.join() !== shape.join())
        throw new Error(`${layout.name} should be ${dtype} [${shape.join()}], ${describe(found)}`);
      return [layout.name, copyInto(blankOf(layout, sizes), found.bytes)];
    }),
  );
}

function blankOf(layout: RowLayout, sizes: BatchSizes): TensorData {
  return allocate(
    layout.dtype,
    dimsOf(layout, sizes).reduce((product, size) => product * size, 1),
  );
}

/** Copied, not viewed: the bytes of a reply stand at any offset, numbers only at multiples of their size. */
function copyInto(target: TensorData, bytes: Uint8Array): TensorData {
  if (target.byteLength !== bytes.length)
    throw new Error(`a tensor has ${bytes.length} bytes instead of ${target.byteLength}`);
  new Uint8Array(target.buffer).set(bytes);
  return target;
}

function describe(found: z.infer<typeof inferReply>['outputs'][number] | undefined): string {
  return found === undefined ? 'but is missing' : `but is ${found.datatype} [${found.shape.join()}]`;
}
