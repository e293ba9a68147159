import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { bookMonth, invoiceMonth } from '#contracts';

/** Stands for null among options: commander makes an empty text of a null that a parser gives. */
export const none = Symbol('none');
export type NumberOrNone = number | typeof none;

/** A number, or `none` where `word` is given in its place: no number of one's own. */
export function numberOr(word: string): (text: string) => NumberOrNone {
  return (text) => (text === word ? none : Number(text));
}

/** Options as the admin commands take them. */
export function withNulls(options: object): object {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, value === none ? null : value]),
  );
}

/** Gathers an option that may be given many times. */
export function gather(text: string, before: string[] = []): string[] {
  return [...before, text];
}

const aMonth = 'It must be a month such as 2026-11.';

/** A calendar month that can have an invoice. */
export function monthArgument(text: string): string {
  return parsed(invoiceMonth, text, aMonth);
}

/** A month as `metering verify` names them. */
export function bookMonthArgument(text: string): string {
  return parsed(bookMonth, text, aMonth);
}

/** A UTC day, such as 2026-11-01. */
export function dayArgument(text: string): string {
  return parsed(z.iso.date(), text, 'It must be a day such as 2026-11-01.');
}

/** How many, 1 or more. */
export function countArgument(text: string): number {
  return parsed(z.coerce.number().int().min(1), text, 'It must be a whole number, 1 or more.');
}

function parsed<T>(schema: z.ZodType<T>, text: string, otherwise: string): T {
  const { data } = schema.safeParse(text);
  if (data === undefined) throw new InvalidArgumentError(otherwise);
  return data;
}
