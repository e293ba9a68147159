import type { z } from 'zod';

/** The fields of an object schema; zod itself gives them as `any`. */
export function fieldsOf(schema: z.ZodObject): [name: string, field: z.core.$ZodType][] {
  return Object.entries<z.core.$ZodType>(schema.shape);
}

export function fieldOf(schema: z.ZodObject, name: string): z.core.$ZodType | undefined {
  return fieldsOf(schema).find(([each]) => each === name)?.[1];
}
