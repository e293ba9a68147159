import { Busboy, type BusboyHeaders } from '@fastify/busboy';
import { z } from 'zod';
import { AppError } from '#kernel';
import { fieldOf, fieldsOf } from '../zod-shape.js';

/** A multipart body as it arrived: fields in order, files as bytes. */
export class FormBody {
  constructor(readonly entries: readonly FormEntry[]) {}
}

export interface FormEntry {
  name: string;
  value: string | Uint8Array;
}

const limits = { fields: 32, files: 16, parts: 48, fieldNameSize: 100, fieldSize: 16 * 1024 * 1024 };

/**
 * Parses a multipart body that was read whole: the route's body limit bounds it, and no stream is left half-read.
 * (Node's own `Response.formData` refuses boundaries under 27 characters, which some clients send.)
 * @throws AppError `request.malformed`, `request.too_large` (too many parts)
 */
export function parseForm(contentType: string, bytes: Uint8Array): Promise<FormBody> {
  return new Promise((resolve, reject) => {
    const entries: FormEntry[] = [];
    const malformed = (cause: unknown) =>
      reject(new AppError('request.malformed', { detail: 'The multipart body cannot be read' }, { cause }));
    const tooMany = () =>
      reject(
        new AppError('request.too_large', { limit: { name: 'parts', value: limits.parts, unit: 'parts' } }),
      );
    try {
      const headers: BusboyHeaders = { 'content-type': contentType };
      const parser = new Busboy({ headers, limits });
      parser.on('field', (name, value) => entries.push({ name, value }));
      parser.on('file', (name, file) => {
        const chunks: Uint8Array[] = [];
        file.on('data', (chunk: Uint8Array) => chunks.push(chunk));
        file.on('end', () => entries.push({ name, value: Buffer.concat(chunks) }));
        file.on('error', malformed);
      });
      for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(limit, tooMany);
      parser.on('error', malformed);
      parser.on('finish', () => resolve(new FormBody(entries)));
      parser.end(bytes);
    } catch (error) {
      malformed(error);
    }
  });
}

/**
 * A form as the object that a JSON body would have been: text becomes a number or a boolean where the field's schema
 * is one, an object where it is one and the text is JSON; a repeated field becomes an array, as does a single one whose
 * schema is. What does not convert stays text, for the schema to refuse by its path.
 */
export function formToInput(form: FormBody, input: z.ZodObject): Record<string, unknown> {
  const body = new Map<string, unknown>();
  for (const { name, value } of form.entries) {
    const schema = fieldOf(input, name);
    const { inner, item } = shapeOf(schema);
    const converted =
      typeof value === 'string' && inner !== undefined ? convert(value, item ?? inner) : value;
    const earlier = body.get(name);
    const values = isArray(earlier) ? earlier : [earlier];
    if (body.has(name)) body.set(name, [...values, converted]);
    else body.set(name, item === undefined ? converted : [converted]);
  }
  return Object.fromEntries(body);
}

/** The names of the fields that take a file: a task that has one accepts multipart bodies. */
export function fileFields(input: z.ZodObject): string[] {
  return fieldsOf(input).flatMap(([name, schema]) =>
    z.globalRegistry.get(schema)?.['bytes'] === true ? [name] : [],
  );
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

/** A schema without its wrappers, and that of its members where it is a list. */
function shapeOf(schema: z.core.$ZodType | undefined): { inner?: z.core.$ZodType; item?: z.core.$ZodType } {
  if (schema === undefined) return {};
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return shapeOf(schema.unwrap());
  return schema instanceof z.ZodArray ? { inner: schema, item: schema.element } : { inner: schema };
}

function convert(text: string, schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodNumber && text.trim() !== '' && Number.isFinite(Number(text)))
    return Number(text);
  if (schema instanceof z.ZodBoolean && (text === 'true' || text === 'false')) return text === 'true';
  if (schema instanceof z.ZodObject) return parseJson(text);
  return text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
