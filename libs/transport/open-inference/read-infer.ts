import { AppError, type Issue } from '#kernel';
import { invalidInput, parseInput } from '../input/parse-input.js';
import { datatypes, isDatatype, type Datatype, type Element } from './datatypes.js';
import { inferRequest, type InferRequest } from './infer.messages.js';

/** A body as it arrived: JSON, and the bytes of tensors behind it. */
export interface InferBody {
  json: unknown;
  binary: Buffer;
}

/** A tensor that was sent, its elements row by row. */
export interface InputTensor {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
  elements: readonly Element[];
}

export interface TensorRequest extends Omit<InferRequest, 'inputs'> {
  inputs: InputTensor[];
}

/** The request inside a body. @throws AppError `request.invalid` with the path of what is wrong */
export function readInfer({ json, binary }: InferBody): TensorRequest {
  const request = parseInput(inferRequest, json);
  const bytes = { rest: binary };
  const inputs = request.inputs.map((input, i) => readTensor(input, `inputs[${i}]`, bytes));
  if (bytes.rest.length > 0)
    throw invalid('inputs', `say nothing of the last ${bytes.rest.length} bytes of the body`);
  return { ...request, inputs };
}

export function invalid(path: string, message: string): AppError {
  const issues: Issue[] = [{ path, message }];
  return invalidInput(issues);
}

type Sent = InferRequest['inputs'][number];

function readTensor({ name, datatype, shape, parameters, data }: Sent, at: string, bytes: { rest: Buffer }) {
  if (!isDatatype(datatype))
    throw invalid(`${at}.datatype`, `must be one of ${Object.keys(datatypes).join(', ')}`);
  const count = shape.reduce((product, size) => product * size, 1);
  const size = parameters?.binary_data_size;
  if ((size === undefined) === (data === undefined))
    throw invalid(at, 'must have either `data` or `binary_data_size`');
  const elements =
    size === undefined
      ? fromJson(data ?? [], datatype, shape, `${at}.data`)
      : fromBytes(take(bytes, size, at), datatype, count, at);
  return { name, datatype, shape, elements };
}

function take(bytes: { rest: Buffer }, size: number, at: string): Buffer {
  const { rest } = bytes;
  if (size > rest.length)
    throw invalid(`${at}.parameters.binary_data_size`, `is ${size}, and ${rest.length} bytes are left`);
  bytes.rest = rest.subarray(size);
  return rest.subarray(0, size);
}

function fromBytes(bytes: Buffer, datatype: Datatype, count: number, at: string): Element[] {
  const elements = datatypes[datatype].read(bytes, count);
  if (elements !== undefined) return elements;
  throw invalid(
    `${at}.parameters.binary_data_size`,
    `are ${bytes.length} bytes, which are not the ${count} elements of ${datatype} that the shape says`,
  );
}

function fromJson(
  data: readonly unknown[],
  datatype: Datatype,
  shape: readonly number[],
  at: string,
): Element[] {
  const nested = data.some((each) => Array.isArray(each));
  const flat: readonly unknown[] = nested && shape.length > 1 ? data.flat() : data;
  const count = shape.reduce((product, size) => product * size, 1);
  if (flat.length !== count)
    throw invalid(at, `has ${flat.length} elements instead of the ${count} that the shape says`);
  const rules = datatypes[datatype];
  return flat.map((value, i) => {
    if (!rules.accepts(value)) throw invalid(`${at}[${i}]`, `is no element of ${datatype}`);
    return value;
  });
}
