import type { TaskContract } from '#contracts';
import type { Datatype } from './datatypes.js';
import {
  inputFields,
  outputFields,
  type InputField,
  type OutputField,
  type TensorField,
} from './tensor.fields.js';

/** A tensor as a model's metadata shows it; -1 where a size varies. The first dimension is the rows. */
export interface TensorMetadata {
  name: string;
  datatype: Datatype;
  shape: number[];
}

/** What a task takes and gives as tensors. */
export interface Signature {
  inputs: InputField[];
  outputs: OutputField[];
  metadata: { inputs: (TensorMetadata & { optional?: true })[]; outputs: TensorMetadata[] };
}

/** Why a row of several failed; empty where it did not. */
export const errorTensor: TensorMetadata = { name: 'error', datatype: 'BYTES', shape: [-1] };

/** How many objects of a list a row has: what is behind them in the list's tensors is filling. */
export const countTensor = (list: string): TensorMetadata => ({
  name: `${list}.count`,
  datatype: 'INT32',
  shape: [-1],
});

const signatures = new Map<string, Signature>();

/** Derived once from the contract, as every other surface is: no task says anything of tensors. */
export function signatureOf(task: TaskContract): Signature {
  const known = signatures.get(task.id) ?? derive(task);
  signatures.set(task.id, known);
  return known;
}

function derive(task: TaskContract): Signature {
  const inputs = inputFields(task);
  const outputs = outputFields(task);
  return {
    inputs,
    outputs,
    metadata: {
      inputs: inputs.map((field) => ({ ...tensorOf(field), ...(!field.required && { optional: true }) })),
      outputs: [...outputs.map(tensorOf), ...listsOf(outputs).map(countTensor), errorTensor],
    },
  };
}

/** The lists of objects that outputs are fields of. */
export function listsOf(outputs: readonly OutputField[]): string[] {
  return [...new Set(outputs.flatMap(({ of }) => (of === undefined ? [] : [of])))];
}

function tensorOf({ name, datatype, list, parts, of }: TensorField & { of?: string }): TensorMetadata {
  const shape = [-1, ...(list === true || of !== undefined ? [-1] : []), ...(parts ? [parts.length] : [])];
  return { name, datatype, shape };
}
