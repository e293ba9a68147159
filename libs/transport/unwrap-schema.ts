import { z } from 'zod';

/** A schema without its wrappers, and what the wrappers said. */
export interface Unwrapped {
  schema: z.core.$ZodType;
  nullable: boolean;
  defaultValue?: unknown;
  meta: Record<string, unknown>;
}

export const maxInt32 = 2 ** 31 - 1;

/** What is inside `optional`, `nullable` and `default`, however they are nested. */
export function unwrap(schema: z.core.$ZodType): Unwrapped {
  const meta = { ...z.globalRegistry.get(schema) };
  const inside = (inner: z.core.$ZodType, more: Partial<Unwrapped>): Unwrapped => {
    const unwrapped = unwrap(inner);
    return { ...unwrapped, ...more, meta: { ...unwrapped.meta, ...meta } };
  };
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodNullable
  ) {
    return inside(schema.unwrap(), { nullable: true });
  }
  if (schema instanceof z.ZodDefault)
    return inside(schema.unwrap(), { defaultValue: schema.def.defaultValue });
  return { schema, nullable: false, meta };
}

/** Whether every value that the schema lets through is an integer of 32 bits. */
export function isInt32({ format, minValue, maxValue }: z.ZodNumber): boolean {
  const fits = (maxValue ?? Infinity) <= maxInt32 && (minValue ?? -Infinity) >= -maxInt32;
  return fits && format !== null && format.endsWith('int');
}
