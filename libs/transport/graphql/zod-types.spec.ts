import { describe, expect, it } from '@jest/globals';
import { GraphQLObjectType, GraphQLSchema, printSchema } from 'graphql';
import { z } from 'zod';
import { imageBytes, oneOrMany } from '#contracts';
import { ZodTypes } from './zod-types.js';

/** SDL of a field that takes `input` and gives `output`. */
function sdl(input: z.ZodObject, output: z.ZodObject): string {
  const types = new ZodTypes();
  const result = new GraphQLObjectType({ name: 'Result', fields: types.fields(output, 'Result') });
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: { ask: { type: result, args: types.args(input, 'ask') } },
  });
  return printSchema(new GraphQLSchema({ query })).replaceAll(/\s+/g, ' ');
}

const none = z.object({});
const ok = z.object({ ok: z.boolean() });

describe('ZodTypes', () => {
  it('expresses scalars, lists, defaults, optional and nullable fields', () => {
    const input = z.object({
      text: oneOrMany(z.string()),
      count: z.int().min(1).max(9).default(2),
      ratio: z.number().optional(),
      flags: z.array(z.boolean()),
      file: imageBytes(),
    });
    expect(sdl(input, ok)).toContain(
      'ask(text: [String!]!, count: Int = 2, ratio: Float, flags: [Boolean!]!, file: Upload!): Result',
    );
  });

  it('gives an integer that may pass 32 bits as Float, which carries it exactly', () => {
    const output = z.object({ small: z.int().min(0).max(99), large: z.int().nonnegative() });
    expect(sdl(none, output)).toContain('{ small: Int! large: Float! }');
  });

  it('names objects and enums by their id, once, as inputs and as outputs', () => {
    const kind = z.enum(['a', 'b']).meta({ id: 'Kind' });
    const point = z.object({ x: z.number(), kind }).meta({ id: 'Point' });
    const text = sdl(z.object({ at: point }), z.object({ at: point, also: z.array(point).nullable(), kind }));
    expect(text).toContain('ask(at: PointInput!): Result');
    expect(text).toContain('type Result { at: Point! also: [Point!] kind: Kind! }');
    expect(text.match(/enum Kind/g)).toHaveLength(1);
  });

  it.each([
    ['a union', z.union([z.string(), z.number()])],
    ['a record', z.record(z.string(), z.string())],
    ['an object without a name', z.object({ x: z.string() })],
    ['a date', z.date()],
  ])('refuses %s at boot, by its place', (_, schema) => {
    expect(() => sdl(none, z.object({ field: schema }))).toThrow(/^Result\.field: /);
  });

  it('refuses two schemas under one name', () => {
    // The enum has no id and is named by its place, which the object claims too.
    const named = z.object({ a: z.string() }).meta({ id: 'ResultKind' });
    const output = z.object({ kind: z.enum(['x']), other: named });
    expect(() => sdl(none, output)).toThrow('Two schemas share the GraphQL type name ResultKind');
  });
});
