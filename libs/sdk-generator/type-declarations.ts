import { compile } from 'json-schema-to-typescript';
import { propertiesOf, type JsonSchema } from './api-document.js';

const reference = '#/components/schemas/';

/** Named schemas as TypeScript, each declared once, with what they refer to. */
export class TypeDeclarations {
  private readonly declared = new Map<string, JsonSchema>();

  constructor(private readonly shared: Readonly<Record<string, JsonSchema>>) {}

  /** The name under which a schema is declared: its own where it is a shared one, else the given. */
  declare(schema: JsonSchema, name: string): string {
    const shared = sharedName(schema);
    if (shared !== undefined) return this.declareShared(shared);
    if (this.declared.has(name) || name in this.shared) throw new Error(`two types would be called ${name}`);
    this.add(name, schema);
    return name;
  }

  declareShared(name: string): string {
    if (!this.declared.has(name)) this.add(name, this.resolve(name));
    return name;
  }

  /** A schema without the reference that it may be. */
  dereference(schema: JsonSchema): JsonSchema {
    const shared = sharedName(schema);
    return shared === undefined ? schema : this.resolve(shared);
  }

  async source(): Promise<string> {
    const texts = [...this.declared].map(([name, schema]) =>
      compile(readable(schema), name, {
        bannerComment: '',
        additionalProperties: false,
        ignoreMinAndMaxItems: true, // tuples of up to 128 members help nobody
        format: false,
      }),
    );
    const text = (await Promise.all(texts)).join('\n');
    return text.replace(/\/\*\*\n\s*\* (.*)\n\s*\*\//g, '/** $1 */');
  }

  private add(name: string, schema: JsonSchema): void {
    this.declared.set(name, schema);
    for (const [, other] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (other !== undefined) this.declareShared(other);
    }
  }

  private resolve(name: string): JsonSchema {
    const schema = this.shared[name];
    if (schema === undefined) throw new Error(`there is no schema ${name}`);
    return schema;
  }
}

function sharedName({ $ref }: JsonSchema): string | undefined {
  if ($ref === undefined) return undefined;
  if (typeof $ref === 'string' && $ref.startsWith(reference)) return $ref.slice(reference.length);
  throw new Error(`${JSON.stringify($ref)} is not a schema of this document`);
}

/** A schema as the compiler turns it into the type that one would write: names for references, defaults in words. */
function readable(schema: JsonSchema): JsonSchema {
  const shared = sharedName(schema);
  const { default: standard, description, anyOf, properties, $ref, ...rest } = schema;
  const says = [description, standard === undefined ? undefined : `Default: ${JSON.stringify(standard)}`];
  const words = says.filter((text) => typeof text === 'string').join('. ');
  // `"auto" | string` is no more than the `string` that the schema says beside it.
  const alternatives = typeof schema['type'] === 'string' ? undefined : anyOf;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, readableValue(value)])),
    ...(alternatives !== undefined && { anyOf: readableValue(alternatives) }),
    // Not by `readableValue`: a field may have the name of a keyword.
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(propertiesOf(schema)).map(([name, field]) => [name, readable(field)]),
      ),
    }),
    ...(shared !== undefined && { tsType: shared }),
    ...(words !== '' && { description: words }),
  };
}

function readableValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readableValue);
  return isSchema(value) ? readable(value) : value;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null;
}
