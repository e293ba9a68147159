import { z } from 'zod';

/** Longest text of one item, in UTF-16 code units: about 2,500 words, so that one item cannot hold an engine. */
export const maxTextLength = 16_384;

/**
 * Text as callers send it. Lone surrogates are refused: they cannot be written as UTF-8, so no tokenizer, database
 * or reply could carry them unchanged. NUL and control characters pass: tokenizers drop them.
 */
export const text = (maxLength = maxTextLength) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((value) => value.isWellFormed(), { error: 'must not hold a lone surrogate (U+D800 to U+DFFF)' });

/** As the pattern that schemas show: readers of them in other languages know NUL by this name, and few as `\0`. */
const withoutNul = new RegExp(String.raw`^[^\x00]*$`);

/**
 * A name or an id: what a text or JSON column can hold. PostgreSQL knows neither NUL nor half a character, and
 * refuses the whole statement (22021).
 *
 * @param missing what a caller is told who leaves it out
 */
export const storedText = (maxLength: number, missing?: string) =>
  z
    .string({ error: ({ input }) => (input === undefined ? missing : undefined) })
    .min(1)
    .max(maxLength)
    .regex(withoutNul, 'must not hold NUL')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

/** C0, DEL, C1, separators of lines and paragraphs, embeddings, overrides and isolates of direction. */
const ofOneLine = new RegExp(String.raw`^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$`);

/** A stored text of one line, which ends where it seems to and is read in the order in which it is written. */
export const oneLine = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(ofOneLine, 'must be one line, without control characters and overrides of direction')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

/** Billed characters: Unicode code points, so that an emoji counts once whatever its encoding. */
export function countCharacters(value: string): number {
  let count = 0;
  for (let i = 0; i < value.length; i += (value.codePointAt(i) ?? 0) > 0xffff ? 2 : 1) count++;
  return count;
}
