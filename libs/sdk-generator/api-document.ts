import { z } from 'zod';

const jsonMediaType = 'application/json';
const formMediaType = 'multipart/form-data';

export type JsonSchema = Record<string, unknown>;

export const jsonSchema: z.ZodType<JsonSchema> = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: jsonSchema }));

const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).default([]),
  security: z.array(z.unknown()).optional(),
  parameters: z
    .array(
      z.object({
        in: z.enum(['path', 'query', 'header']),
        name: z.string(),
        required: z.boolean().default(false),
        schema: jsonSchema,
      }),
    )
    .default([]),
  requestBody: z.object({ content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.optional() })),
});

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** As much of an OpenAPI document as the SDK is made of. */
const apiDocument = z.object({
  paths: z.record(z.string(), z.partialRecord(z.enum(methods), operation)),
  components: z.object({ schemas: z.record(z.string(), jsonSchema).default({}) }).default({ schemas: {} }),
});

export interface ApiOperation {
  /** Upper case. */
  method: string;
  path: string;
  operationId: string;
  summary: string;
  parameters: z.output<typeof operation>['parameters'];
  /** Schema of the JSON body, where there is one. */
  body?: JsonSchema;
  /** Fields of the body that may be sent as files. */
  files: string[];
  /** Media type of the body, where that is a file as it is. */
  file?: string;
  /** Schema of the JSON reply; absent where success has no body. */
  reply?: JsonSchema;
}

export interface Api {
  schemas: Record<string, JsonSchema>;
  operations: ApiOperation[];
}

/**
 * The operations that a client calls: those that need a key and answer with JSON or nothing. Probes, metrics and pages
 * need no key; GraphQL, tensors and event streams have media types, and clients, of their own. Administration is left out: what
 * an application ships with should not hold methods that only an operator's key can call.
 */
export function readApi(document: unknown): Api {
  const { paths, components } = apiDocument.parse(document);
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const found = item[method];
      return found === undefined ? [] : readOperation(method.toUpperCase(), path, found);
    }),
  );
  return { schemas: components.schemas, operations };
}

function readOperation(method: string, path: string, found: z.output<typeof operation>): ApiOperation[] {
  const { operationId, summary, tags, parameters, security, requestBody, responses } = found;
  if (tags.some((tag) => tag === 'admin' || tag === 'open inference')) return [];
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  const reply = success?.content?.[jsonMediaType]?.schema;
  const isPublic = security?.length === 0;
  if (success === undefined || isPublic || (success.content !== undefined && reply === undefined)) return [];
  const body = requestBody?.content[jsonMediaType]?.schema;
  const file = body === undefined ? fileType(requestBody?.content ?? {}) : undefined;
  if (requestBody !== undefined && body === undefined && file === undefined) return [];
  const files = fileFields(requestBody?.content[formMediaType]?.schema);
  return [
    {
      ...{ method, path, operationId, summary, parameters, files },
      ...(body !== undefined && { body }),
      ...(file !== undefined && { file }),
      ...(reply !== undefined && { reply }),
    },
  ];
}

/** The type under which any file may be sent: one with `*` names none. */
function fileType(types: Record<string, { schema: JsonSchema }>): string | undefined {
  return Object.keys(types).find((type) => types[type]?.schema['format'] === 'binary' && !type.includes('*'));
}

function fileFields(form: JsonSchema | undefined): string[] {
  return Object.entries(propertiesOf(form ?? {})).flatMap(([name, schema]) =>
    schema['format'] === 'binary' ? [name] : [],
  );
}

const objectShape = z.object({
  properties: z.record(z.string(), jsonSchema).default({}),
  required: z.array(z.string()).default([]),
});

export function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return objectShape.parse(schema).properties;
}

export function requiredOf(schema: JsonSchema): string[] {
  return objectShape.parse(schema).required;
}
