import { z } from 'zod';

/** Most items one request may carry. */
export const maxItems = 128;

/**
 * `T | T[]`. GraphQL has no input unions: there it is a list, which coerces a single value. The metadata tells the
 * GraphQL walker so, and nothing else may use a union.
 */
export function oneOrMany<T extends z.ZodType>(schema: T, max = maxItems) {
  return z.union([schema, z.array(schema).min(1).max(max)]).meta({ oneOrMany: true });
}

/** The array behind `oneOrMany`, and whether the caller sent one (which decides how item errors are reported). */
export function many<T>(value: T | T[]): { items: T[]; wasArray: boolean } {
  return Array.isArray(value) ? { items: value, wasArray: true } : { items: [value], wasArray: false };
}
