import { describe, expect, it } from '@jest/globals';
import { parse, validate } from 'graphql';
import { AppError } from '#kernel';
import { documentRule } from './document.rule.js';
import { buildGraphqlSchema } from './schema.js';

const schema = buildGraphqlSchema();
const names = (query: string) =>
  validate(schema, parse(query), [documentRule]).map(
    ({ originalError }) => AppError.from(originalError).facts.limit?.name,
  );

describe('documentRule', () => {
  it('lets the largest honest operation pass', () => {
    const fields = Array.from(
      { length: 31 },
      (_, i) => `f${i}: translate(text: "a", target: "pt") { translations { text } }`,
    );
    expect(names(`{ ${fields.join(' ')} embed(text: "a") { requestId } }`)).toEqual([]);
  });

  it('counts aliases and inferences through fragments, as often as they are spread', () => {
    const fragment =
      'fragment f on Query { a: embed(text: "x") { requestId } ...g } fragment g on Query { b: embed(text: "y") { requestId } }';
    const spreads = '... on Query { ...f } '.repeat(17);
    expect(names(`{ ${spreads} } ${fragment}`)).toEqual(['graphql.aliases', 'graphql.inferences']);
  });

  it('measures depth through fragments', () => {
    const levels = Array.from({ length: 6 }, (_, i) => `fragment l${i} on T { n { ...l${i + 1} } }`).join(
      ' ',
    );
    expect(names(`{ n { ...l0 } } ${levels} fragment l6 on T { n }`)).toEqual(['graphql.depth']);
  });

  it('ends on fragments that spread each other, however many there are', () => {
    const bomb = Array.from(
      { length: 60 },
      (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`,
    ).join(' ');
    const cost = names(`{ ...f0 } ${bomb} fragment f60 on Query { x: limits { name } }`);
    expect(cost).toEqual(['graphql.aliases']);
    expect(names('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }')).toEqual([]);
  });
});
