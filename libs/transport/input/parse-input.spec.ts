import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { oneOrMany, text } from '#contracts';
import { AppError } from '#kernel';
import { checkInput, parseInput } from './parse-input.js';

const input = z
  .object({ text: oneOrMany(text(10), 3), options: z.object({ n: z.int() }).optional() })
  .strict();

function refusal(value: unknown) {
  try {
    parseInput(input, value);
  } catch (error) {
    if (error instanceof AppError && error.code === 'request.invalid') return error.facts;
  }
  throw new Error('was not refused as request.invalid');
}

const paths = (value: unknown) => refusal(value).issues?.map(({ path }) => path);

describe('parseInput', () => {
  it('tells every wrong place by its JSON path, inside alternatives too', () => {
    expect(paths({ text: ['ok', 5, ''], options: { n: 'x' }, extra: 1 })).toEqual([
      'text[1]',
      'text[2]',
      'options.n',
      'extra',
    ]);
  });

  it('says which shapes there are when a value has none of them', () => {
    const [issue] = refusal({ text: 5 }).issues ?? [];
    expect(issue).toEqual({ path: 'text', message: 'Invalid input: expected string or array' });
  });

  it('tells the limit that was passed, and its unit', () => {
    expect(refusal({ text: 'a'.repeat(11) }).limit).toEqual({
      name: 'text',
      value: 10,
      unit: 'UTF-16 code units',
    });
    expect(refusal({ text: ['a', 'b', 'c', 'd'] }).limit).toEqual({ name: 'text', value: 3, unit: 'items' });
    expect(refusal({ text: ['a', 'b'.repeat(11)] }).limit).toMatchObject({ name: 'text', value: 10 });
  });

  it('says of what is missing that it is, and what was expected', () => {
    const named = z.object({ name: z.string(), text: oneOrMany(text(10), 3) });
    expect(checkInput(named, {}, [])).toEqual({
      issues: [
        { path: 'name', message: 'is missing: expected string' },
        { path: 'text', message: 'is missing: expected string or array' },
      ],
    });
  });

  it('tells no more of a long unknown name than is needed to find it', () => {
    const [issue, ...others] = refusal({ text: 'a', ['🚲'.repeat(1_000_000)]: 1 }).issues ?? [];
    expect(others).toEqual([]);
    expect(issue?.path).toBe(`${'🚲'.repeat(50)}…`);
  });

  it('never repeats what the caller sent', () => {
    expect(
      JSON.stringify(refusal({ text: ['a private sentence'], options: 'a private sentence' })),
    ).not.toContain('private');
  });

  it('lists a bounded number of issues', () => {
    const many = z.array(z.string());
    try {
      parseInput(
        many,
        Array.from({ length: 1_000 }, () => 1),
      );
    } catch (error) {
      expect(AppError.from(error).facts.issues).toHaveLength(32);
    }
    expect.assertions(1);
  });
});
