import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLFieldConfigMap,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLScalarType,
} from 'graphql';
import { z } from 'zod';
import { isInt32, maxInt32, unwrap, type Unwrapped } from '../unwrap-schema.js';
import { fieldsOf } from '../zod-shape.js';
import { jsonScalar } from './json.scalar.js';
import { uploadScalar } from './upload.scalar.js';

/**
 * zod → GraphQL for the checked subset of zod: objects, arrays, `oneOrMany` (a list, which coerces a single value),
 * enums, numbers, strings, booleans, optional, nullable, default, and schemas whose metadata names a scalar (`bytes`, `json`). Anything
 * else throws, so that a contract GraphQL cannot express fails at boot and not at a caller.
 *
 * `.meta({ id })` names a type. An integer becomes `Int` only where its bounds fit 32 bits: GraphQL's Int overflows
 * above, and `Float` carries every integer JSON can.
 */
export class ZodTypes {
  private readonly named = new Map<string, { schema: z.core.$ZodType; type: NamedType }>();

  /** Arguments of a field: the keys of its input object, flat. */
  args(input: z.ZodObject, owner: string): GraphQLFieldConfigArgumentMap {
    return Object.fromEntries(
      fieldsOf(input).map(([name, schema]) => [name, this.inputField(schema, `${owner}.${name}`)]),
    );
  }

  /** Fields of an object type from the keys of its schema. */
  fields(output: z.ZodObject, owner: string): GraphQLFieldConfigMap<unknown, unknown> {
    return Object.fromEntries(
      fieldsOf(output).map(([name, schema]) => {
        const { meta } = unwrap(schema);
        return [
          name,
          { type: this.output(schema, `${owner}.${name}`), description: textOf(meta['description']) },
        ];
      }),
    );
  }

  output(schema: z.core.$ZodType, at: string): GraphQLOutputType {
    const unwrapped = unwrap(schema);
    const type = this.outputOf(unwrapped, at);
    return unwrapped.nullable ? type : new GraphQLNonNull(type);
  }

  private inputField(schema: z.core.$ZodType, at: string) {
    const unwrapped = unwrap(schema);
    const type = this.inputOf(unwrapped, at);
    const optional = unwrapped.nullable || unwrapped.defaultValue !== undefined;
    return {
      type: optional ? type : new GraphQLNonNull(type),
      description: textOf(unwrapped.meta['description']),
      ...(unwrapped.defaultValue !== undefined && { defaultValue: unwrapped.defaultValue }),
    };
  }

  private outputOf({ schema, meta }: Unwrapped, at: string): NullableOutput {
    if (meta['json'] === true) return jsonScalar;
    if (schema instanceof z.core.$ZodArray) return new GraphQLList(this.output(schema._zod.def.element, at));
    if (schema instanceof z.ZodObject) {
      return this.once(GraphQLObjectType, schema, idOf(meta, at), (name) => {
        const fields = () => this.fields(schema, name);
        return new GraphQLObjectType({ name, fields, description: textOf(meta['description']) });
      });
    }
    if (schema instanceof z.ZodEnum) return this.enumOf(schema, meta, at);
    return scalarOf(schema, meta, at);
  }

  private inputOf({ schema, meta }: Unwrapped, at: string): NullableInput {
    if (meta['bytes'] === true) return uploadScalar;
    if (meta['json'] === true) return jsonScalar;
    if (meta['oneOrMany'] === true && schema instanceof z.ZodUnion) {
      const [single] = schema.options;
      if (single === undefined) throw unsupported(at, 'an empty union');
      return new GraphQLList(this.inputField(single, at).type);
    }
    if (schema instanceof z.core.$ZodArray) {
      return new GraphQLList(this.inputField(schema._zod.def.element, at).type);
    }
    if (schema instanceof z.ZodObject) {
      return this.once(GraphQLInputObjectType, schema, `${idOf(meta, at)}Input`, (name) => {
        const fields = () => this.args(schema, name);
        return new GraphQLInputObjectType({ name, fields, description: textOf(meta['description']) });
      });
    }
    if (schema instanceof z.ZodEnum) return this.enumOf(schema, meta, at);
    return scalarOf(schema, meta, at);
  }

  private enumOf(schema: z.ZodEnum, meta: Unwrapped['meta'], at: string): GraphQLEnumType {
    const existing = [...this.named.values()].find((known) => known.schema === schema)?.type;
    if (existing instanceof GraphQLEnumType) return existing;
    return this.once(GraphQLEnumType, schema, textOf(meta['id']) ?? pascalCase(at), (name) => {
      const values = Object.fromEntries(schema.options.map((value) => [String(value), {}]));
      return new GraphQLEnumType({ name, values });
    });
  }

  /** One GraphQL type per name; two schemas under one name are a mistake. */
  private once<T extends NamedType>(
    kind: abstract new (...args: never[]) => T,
    schema: z.core.$ZodType,
    name: string,
    build: (name: string) => T,
  ): T {
    const known = this.named.get(name);
    if (known === undefined) {
      const type = build(name);
      this.named.set(name, { schema, type });
      return type;
    }
    if (known.schema === schema && known.type instanceof kind) return known.type;
    throw new Error(`Two schemas share the GraphQL type name ${name}`);
  }
}

type NullableOutput =
  GraphQLScalarType | GraphQLObjectType | GraphQLEnumType | GraphQLList<GraphQLOutputType>;
type NullableInput =
  GraphQLScalarType | GraphQLInputObjectType | GraphQLEnumType | GraphQLList<GraphQLInputType>;
type NamedType = GraphQLObjectType | GraphQLInputObjectType | GraphQLEnumType;

/** `override` is how a schema that JSON Schema cannot derive says what it is; it counts here as it does in OpenAPI. */
function scalarOf(schema: z.core.$ZodType, meta: Unwrapped['meta'], at: string): GraphQLScalarType {
  const { override } = meta;
  if (typeof override === 'object' && override !== null && 'type' in override) {
    const maximum = 'maximum' in override ? Number(override.maximum) : Infinity;
    if (override.type === 'string') return GraphQLString;
    if (override.type === 'integer') return maximum <= maxInt32 ? GraphQLInt : GraphQLFloat;
    if (override.type === 'number') return GraphQLFloat;
  }
  if (schema instanceof z.ZodNumber) return isInt32(schema) ? GraphQLInt : GraphQLFloat;
  if (schema instanceof z.ZodBoolean) return GraphQLBoolean;
  if (schema._zod.def.type === 'string') return GraphQLString;
  throw unsupported(at, schema._zod.def.type);
}

function idOf(meta: Unwrapped['meta'], at: string): string {
  const id = textOf(meta['id']);
  if (id === undefined) throw unsupported(at, 'an object without .meta({ id }), which names its type,');
  return id;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `UsageAmount.unit` → `UsageAmountUnit` */
function pascalCase(at: string): string {
  return at
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function unsupported(at: string, what: string): Error {
  return new Error(`${at}: ${what} cannot be expressed in GraphQL; see the checked subset in zod-types.ts`);
}
