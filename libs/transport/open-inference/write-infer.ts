import { datatypes, type Element } from './datatypes.js';
import type { InferReply } from './infer.messages.js';
import { invalid, type TensorRequest } from './read-infer.js';
import type { RowReply } from './row.contract.js';
import { countTensor, errorTensor, listsOf, type Signature, type TensorMetadata } from './signature.js';
import type { OutputField } from './tensor.fields.js';

/** What a reply gives beside its tensors. */
export type InferFacts = Omit<InferReply, 'outputs'>;

/** A reply as it goes out; `headerLength` where bytes of tensors follow its JSON. */
export interface InferAnswer {
  body: Uint8Array | string;
  headerLength?: number;
}

interface OutputTensor extends TensorMetadata {
  elements: readonly Element[];
}

/** @throws AppError `request.invalid` for outputs that the task does not give */
export function checkOutputs({ metadata }: Signature, { outputs = [] }: TensorRequest): void {
  const names = metadata.outputs.map(({ name }) => name);
  for (const [i, { name }] of outputs.entries()) {
    if (!names.includes(name)) throw invalid(`outputs[${i}].name`, `must be one of ${names.join(', ')}`);
    if (outputs.findIndex((each) => each.name === name) !== i)
      throw invalid(`outputs[${i}].name`, `asks for ${name} once more`);
  }
}

/** The tensors that were asked for. That a row failed is told whether it was asked for or not. */
export function writeInfer(
  signature: Signature,
  request: TensorRequest,
  rows: readonly RowReply[],
  facts: InferFacts,
): InferAnswer {
  const asked = request.outputs ?? [];
  const failed = rows.some(({ ok }) => !ok);
  const tensors = tensorsOf(signature.outputs, rows).filter(
    ({ name }) =>
      asked.length === 0 || asked.some((each) => each.name === name) || (failed && name === errorTensor.name),
  );
  const binary = tensors.map(({ name }) => {
    const wish = asked.find((each) => each.name === name)?.parameters?.binary_data;
    return wish ?? request.parameters?.binary_data_output === true;
  });
  const parts: Uint8Array[] = [];
  const outputs = tensors.map(({ name, datatype, shape, elements }, i) => {
    if (binary[i] !== true) return { name, datatype, shape, data: elements };
    const bytes = datatypes[datatype].write(elements);
    parts.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.byteLength } };
  });
  const json = JSON.stringify({ ...facts, outputs });
  if (parts.length === 0) return { body: json };
  const head = Buffer.from(json);
  return { body: Buffer.concat([head, ...parts]), headerLength: head.length };
}

function tensorsOf(fields: readonly OutputField[], rows: readonly RowReply[]): OutputTensor[] {
  const found = rows.map((row) => (row.ok ? row.output : undefined));
  return [
    ...fields.map((field) => tensorOf(field, found)),
    ...listsOf(fields).map((list) => ({
      ...countTensor(list),
      shape: [rows.length],
      elements: found.map((row) => listIn(row, list).length),
    })),
    {
      ...errorTensor,
      shape: [rows.length],
      elements: rows.map((row) => (row.ok ? '' : `${row.error.code}: ${row.error.detail}`)),
    },
  ];
}

type Row = Readonly<Record<string, unknown>> | undefined;

/** Rows are as wide as the widest: what a row does not have is blank. */
function tensorOf(
  { name, datatype, list, of, parts, json }: OutputField,
  rows: readonly Row[],
): OutputTensor {
  const cells = rows.map((row): readonly unknown[] => {
    if (of !== undefined) return listIn(row, of).map((each) => memberOf(each, name.slice(of.length + 1)));
    return list === true ? listIn(row, name) : [row?.[name]];
  });
  const varies = list === true || of !== undefined;
  const width = varies ? Math.max(...cells.map(({ length }) => length)) : 1;
  const elementsOf = (value: unknown): unknown[] => {
    if (json === true) return [value === undefined ? undefined : JSON.stringify(value)];
    return parts === undefined ? [value] : parts.map((part) => memberOf(value, part));
  };
  const rules = datatypes[datatype];
  return {
    name,
    datatype,
    shape: [rows.length, ...(varies ? [width] : []), ...(parts === undefined ? [] : [parts.length])],
    elements: cells.flatMap((row) =>
      Array.from({ length: width }, (_, i) => elementsOf(row[i])).flatMap((elements) =>
        elements.map((element) => (rules.accepts(element) ? element : rules.blank)),
      ),
    ),
  };
}

function listIn(row: Row, name: string): readonly unknown[] {
  const list = row?.[name];
  return Array.isArray(list) ? list : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
