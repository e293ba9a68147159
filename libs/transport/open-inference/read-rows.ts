import { isUtf8 } from 'node:buffer';
import { maxItems, type TaskContract } from '#contracts';
import { AppError } from '#kernel';
import { checkInput, invalidInput, jsonPath } from '../input/parse-input.js';
import type { Element } from './datatypes.js';
import { invalid, type InputTensor, type TensorRequest } from './read-infer.js';
import type { Signature } from './signature.js';
import type { InputField } from './tensor.fields.js';

/** Parameters that the protocol itself gives a meaning. */
const ownParameters: readonly string[] = ['binary_data_output', 'timeout'];
/** The field of every task that chooses its model. */
const modelField = 'model';

/** A field of the task for every row. */
interface Column {
  field: string;
  valueAt: (row: number) => unknown;
}

/**
 * The inputs of a task that tensors and parameters make up, one a row, each checked by the contract.
 * @param model that the address names; without one a parameter may
 * @throws AppError `request.invalid`
 */
export function readRows(
  task: TaskContract,
  { inputs: fields }: Signature,
  request: TensorRequest,
  model: string | undefined,
): Record<string, unknown>[] {
  const columns = [
    ...request.inputs.map((tensor, i) => columnOf(fields, tensor, `inputs[${i}]`)),
    ...parameterColumns(task, fields, request.parameters ?? {}, model),
  ];
  checkFields(fields, columns);
  const count = countRows(fields, request.inputs);
  const checked = Array.from({ length: count }, (_, row) => {
    const input = Object.fromEntries(columns.map(({ field, valueAt }) => [field, valueAt(row)]));
    return checkInput(task.input.strict(), input, ['rows', row]);
  });
  const issues = checked.flatMap((each) => ('issues' in each ? each.issues : []));
  if (issues.length > 0) throw invalidInput(issues);
  return checked.flatMap((each) => ('data' in each ? [each.data] : []));
}

function columnOf(
  fields: readonly InputField[],
  { name, datatype, shape, elements }: InputTensor,
  at: string,
): Column {
  const field = fields.find((each) => each.name === name);
  if (field === undefined)
    throw invalid(`${at}.name`, `must be one of ${fields.map((each) => each.name).join(', ')}`);
  if (datatype !== field.datatype)
    throw invalid(`${at}.datatype`, `must be ${field.datatype} for ${name}, not ${datatype}`);
  const [rows = 0, width = 1] = shape;
  const expected = field.parts?.length ?? 1;
  if (field.list === true ? width === 0 : width !== expected)
    throw invalid(`${at}.shape`, `must be ${shapeOf(field)} for ${name}, not [${shape.join(', ')}]`);
  const values = field.file === true ? elements : elements.map((element) => textOf(element, at));
  return {
    field: name,
    valueAt: (row) => {
      const start = rows === 1 ? 0 : row * width;
      const own = values.slice(start, start + width);
      if (field.list === true) return own;
      return field.parts === undefined
        ? own[0]
        : Object.fromEntries(field.parts.map((part, i) => [part, own[i]]));
    },
  };
}

function shapeOf({ list, parts }: InputField): string {
  if (list === true) return '[rows, values]';
  return parts === undefined ? '[rows]' : `[rows, ${parts.length}]`;
}

/** Decoding would replace broken bytes by U+FFFD, and answer a text that nobody sent. */
function textOf(element: Element, at: string): Element {
  if (!(element instanceof Uint8Array)) return element;
  if (!isUtf8(element)) throw invalid(at, 'holds a text that is not valid UTF-8');
  return Buffer.from(element.buffer, element.byteOffset, element.length).toString();
}

/** Fields of one value may be parameters, which hold for all rows. */
function parameterColumns(
  task: TaskContract,
  fields: readonly InputField[],
  parameters: Readonly<Record<string, unknown>>,
  model: string | undefined,
): Column[] {
  const single = fields.filter(({ list, parts, file }) => !(list ?? parts ?? file)).map(({ name }) => name);
  const known = model === undefined ? [...single, modelField] : single;
  const given = Object.entries(parameters)
    .filter(([name]) => !ownParameters.includes(name))
    .map(([name, value]) => {
      if (!known.includes(name))
        throw invalid(jsonPath(['parameters', name]), `is no parameter of ${task.id}`);
      return { field: name, valueAt: () => value };
    });
  return model === undefined ? given : [...given, { field: modelField, valueAt: () => model }];
}

function checkFields(fields: readonly InputField[], columns: readonly Column[]): void {
  const given = columns.map(({ field }) => field);
  const twice = given.find((field, i) => given.indexOf(field) !== i);
  if (twice !== undefined) throw invalid('inputs', `have ${twice} more than once`);
  const missing = fields.find(({ name, required }) => required && !given.includes(name));
  if (missing !== undefined) throw invalid('inputs', `lack ${missing.name}`);
}

/**
 * As many as the tensors have; a small one of one row holds for all. A file or a list does not: a short body would become
 * a long job.
 */
function countRows(fields: readonly InputField[], tensors: readonly InputTensor[]): number {
  const counts = tensors.map(({ shape: [rows = 0] }) => rows);
  const count = Math.max(...counts);
  const fits = tensors.every(({ name }, i) => {
    const { list, file } = fields.find((field) => field.name === name) ?? {};
    return counts[i] !== 0 && (counts[i] === count || (counts[i] === 1 && !(list ?? file)));
  });
  if (!fits)
    throw invalid(
      'inputs',
      `have ${counts.join(', ')} rows; all must have as many, or one that is no file and no list`,
    );
  if (count > maxItems)
    throw new AppError('request.invalid', {
      detail: `inputs: ${count} rows are too many`,
      issues: [{ path: 'inputs', message: `must have at most ${maxItems} rows` }],
      limit: { name: 'rows', value: maxItems, unit: 'rows' },
    });
  return count;
}
