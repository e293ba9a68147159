import { z } from 'zod';
import type { TaskContract } from '#contracts';
import { isInt32, unwrap, type Unwrapped } from '../unwrap-schema.js';
import { fieldsOf } from '../zod-shape.js';
import type { Datatype } from './datatypes.js';

/**
 * A field of a contract as a tensor: one element a row; any number (`list`); or one for each of `parts`, the fields of
 * an object of numbers, in their order.
 */
export interface TensorField {
  name: string;
  datatype: Datatype;
  list?: true;
  parts?: readonly string[];
}

/** A field that callers fill. */
export interface InputField extends TensorField {
  required: boolean;
  /** Its elements are files: bytes, and base64 in JSON. */
  file?: true;
}

/** A field that callers read. */
export interface OutputField extends TensorField {
  /** The list of objects that it is a field of: elements of a row are those of its objects. */
  of?: string;
  /** What no tensor can hold as it is: the element is its JSON. */
  json?: true;
}

/** The field that chooses a model: here the address does. */
const modelField = 'model';

/** What of a task's input is a tensor. @throws Error at boot for a contract that has no such form */
export function inputFields(task: TaskContract): InputField[] {
  return fieldsOf(task.input)
    .filter(([name]) => name !== modelField)
    .map(([name, schema]) => {
      const unwrapped = unwrap(schema);
      const required = !unwrapped.nullable && unwrapped.defaultValue === undefined;
      if (unwrapped.meta['bytes'] === true) return { name, datatype: 'BYTES', required, file: true };
      const field = plainField(name, unwrapped);
      if (field === undefined) throw new Error(`${task.id}: no tensor can hold ${name}`);
      const { list, ...single } = field;
      return { ...(list === undefined || isRows(task, name) ? single : field), required };
    });
}

/** What of one item's output is a tensor. @throws Error at boot for an output that is no object */
export function outputFields({ id, itemOutput }: TaskContract): OutputField[] {
  if (!(itemOutput instanceof z.ZodObject)) throw new Error(`${id}: the output of an item is no object`);
  return fieldsOf(itemOutput).flatMap(([name, schema]) => {
    const unwrapped = unwrap(schema);
    const element = elementOf(unwrapped.schema);
    if (element === undefined || plainField(name, unwrapped) !== undefined) return [readField(name, schema)];
    return fieldsOf(element).map(([inner, each]) => {
      const field = readField(`${name}.${inner}`, each);
      // A list in a list has no one size.
      return { ...(field.list === true ? asJson(field.name) : field), of: name };
    });
  });
}

function readField(name: string, schema: z.core.$ZodType): OutputField {
  return plainField(name, unwrap(schema)) ?? asJson(name);
}

const asJson = (name: string): OutputField => ({ name, datatype: 'BYTES', json: true });

/** The objects of a list of objects. */
function elementOf(schema: z.core.$ZodType): z.ZodObject | undefined {
  if (!(schema instanceof z.core.$ZodArray)) return undefined;
  const { element } = schema._zod.def;
  return element instanceof z.ZodObject ? element : undefined;
}

function plainField(name: string, { schema, meta }: Unwrapped): TensorField | undefined {
  const datatype = datatypeOf(schema, meta);
  if (datatype !== undefined) return { name, datatype };
  const [single] = schema instanceof z.ZodUnion && meta['oneOrMany'] === true ? schema.options : [];
  const element = schema instanceof z.core.$ZodArray ? schema._zod.def.element : single;
  if (element !== undefined) {
    const inner = unwrap(element);
    const of = datatypeOf(inner.schema, inner.meta);
    return of === undefined ? undefined : { name, datatype: of, list: true };
  }
  return schema instanceof z.ZodObject ? partsOf(name, schema) : undefined;
}

/** An object of numbers of one type. */
function partsOf(name: string, schema: z.ZodObject): TensorField | undefined {
  const fields = fieldsOf(schema);
  const kinds = new Set(fields.map(([, field]) => datatypeOf(field, {})));
  const [datatype] = kinds;
  return kinds.size === 1 && (datatype === 'INT32' || datatype === 'FP32')
    ? { name, datatype, parts: fields.map(([part]) => part) }
    : undefined;
}

function datatypeOf(schema: z.core.$ZodType, { override }: Unwrapped['meta']): Datatype | undefined {
  if (typeof override === 'object' && override !== null && 'type' in override)
    return override.type === 'string' ? 'BYTES' : undefined;
  if (schema instanceof z.ZodNumber) return isInt32(schema) ? 'INT32' : 'FP32';
  if (schema instanceof z.ZodBoolean) return 'BOOL';
  return schema._zod.def.type === 'string' || schema instanceof z.ZodEnum ? 'BYTES' : undefined;
}

/** Whether the members of a list are items of their own, as texts to embed are: rows then, and not a list in a row. */
function isRows(task: TaskContract, name: string): boolean {
  const example: Record<string, unknown> = { ...task.example };
  const one = [example[name]].flat()[0];
  const twice = task.input.safeParse({ ...example, [name]: [one, one] });
  return twice.success && task.split(twice.data).items.length === 2;
}
