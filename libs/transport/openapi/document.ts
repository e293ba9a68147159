import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiContentObject,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { problem, usageAmount } from '#contracts';
import { errorCatalogue, type ErrorCode } from '#kernel';
import { fileFields } from '../input/form-body.js';
import { inferError } from '../open-inference/infer.messages.js';
import { problemMediaType } from '../problem/to-problem.js';
import { endpoints } from './endpoint.catalogue.js';
import type { Endpoint } from './endpoint.types.js';
import { goodReplyHeaders, pagedReplyHeaders, refusalHeaders } from './reply.headers.js';

export type OpenApiDocument = ReturnType<typeof createDocument>;

const requestHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+$/)
    .optional()
    .describe('The same key and body give the same reply for 24 hours, computed and billed once'),
  'X-Deadline-Ms': z
    .int()
    .min(1)
    .max(999_999_999_999_999)
    .optional()
    .describe('How long the caller will wait, from the arrival of the request; the task has its own maximum'),
});

const replyEnvelope = { requestId: z.string(), model: z.string(), usage: usageAmount };

/** The whole API as OpenAPI 3.1, from the contracts and the endpoint catalogue. */
export function openApiDocument(version: string): OpenApiDocument {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(endpoint) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Inferway',
      version,
      description:
        'Translation, question answering, embeddings and image analysis. Errors are RFC 9457 problems.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: [
      'inference',
      'inspection',
      'jobs',
      'videos',
      'open inference',
      'webhooks',
      'catalogue',
      'usage',
      'admin',
      'operations',
      'reference',
    ].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'iw_<env>_<id>_<secret>' } },
    },
  };
  // A file is a custom zod type, which says by its `override` what it is on the wire.
  return createDocument(document, { allowEmptySchema: { custom: true }, override: dropOwnMetadata });
}

/** Marks for the GraphQL walker, which are no JSON Schema keywords. */
function dropOwnMetadata({ jsonSchema }: { jsonSchema: object }): void {
  for (const mark of ['oneOrMany', 'bytes', 'json']) Reflect.deleteProperty(jsonSchema, mark);
}

function operation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { operationId, summary, tag, task, body, lines, file, path } = endpoint;
  return {
    operationId,
    summary,
    tags: [tag],
    ...(endpoint.public && { security: [] }),
    ...(task !== undefined && {
      requestParams: { header: requestHeaders },
      requestBody: { required: true, content: bodyContent(task.input, task.example) },
    }),
    ...(task === undefined && path !== '/graphql' && { requestParams: requestParams(endpoint) }),
    ...(body !== undefined && {
      requestBody: {
        required: endpoint.bodyOptional !== true,
        content: { ...bodyContent(body), ...(lines && linesContent) },
      },
    }),
    ...(file !== undefined && { requestBody: { required: true, content: fileContent(file) } }),
    ...(path === '/graphql' && {
      requestParams: { header: requestHeaders },
      requestBody: { required: true, content: graphqlContent },
    }),
    responses: responses(endpoint),
  };
}

/** JSON; a form as well where there is a file to send. */
function bodyContent(body: z.ZodObject, example?: object): ZodOpenApiContentObject {
  const json = { schema: body.strict(), ...(example && { example }) };
  const files = fileFields(body);
  if (files.length === 0) return { 'application/json': json };
  const parts = Object.fromEntries(files.map((name) => [name, z.file().describe('The file itself')]));
  return { 'application/json': json, 'multipart/form-data': { schema: body.extend(parts).strict() } };
}

/** The file may also be sent without its type being known. */
function fileContent(mediaType: string): ZodOpenApiContentObject {
  const schema = z.file().describe('The file itself');
  return { [mediaType]: { schema }, 'application/octet-stream': { schema } };
}

/** The same fields, in the query of this content type alone: parameters of the operation would stand beside the body's. */
const linesContent = {
  'application/x-ndjson': {
    schema: z.string().describe('one input a line; `task` and `webhook` are in the query: `?task=translate`'),
  },
};

function requestParams({ path, params, query, idempotent, deadline }: Endpoint) {
  const names = [...path.matchAll(/:(\w+)/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  return {
    ...(names.length > 0 && {
      path: params ?? z.object(Object.fromEntries(names.map((name) => [name, z.string()]))),
    }),
    ...(query !== undefined && { query: query.strict() }),
    ...(idempotent && {
      header: deadline ? requestHeaders : requestHeaders.pick({ 'Idempotency-Key': true }),
    }),
  };
}

const graphqlContent = {
  'application/json': {
    schema: z.object({
      query: z.string(),
      variables: z.record(z.string(), z.unknown()).nullish(),
      operationName: z.string().nullish(),
    }),
    example: { query: '{ translate(text: "Good morning", target: "pt") { translations { text } } }' },
  },
};

function responses({
  task,
  reply,
  errors,
  path,
  tag,
  csv,
  status = 200,
}: Endpoint): ZodOpenApiResponsesObject {
  if (path === '/graphql') {
    const content = { 'application/graphql-response+json': { schema: graphqlReply } };
    return { '200': { description: 'OK', headers: goodReplyHeaders, content }, ...problems(errors, content) };
  }
  const schema =
    task === undefined
      ? reply
      : task.output.extend(replyEnvelope).meta({ id: `${capital(task.field)}Reply` });
  const content =
    typeof schema === 'string' ? { [schema]: { schema: anyOf(schema) } } : { 'application/json': { schema } };
  const csvContent = csv
    ? { 'text/csv': { schema: z.string().describe('RFC 4180, with a header line') } }
    : {};
  const ok = {
    description: descriptions[status],
    headers: csv ? pagedReplyHeaders : goodReplyHeaders,
    content: { ...content, ...csvContent },
  };
  const problemContent =
    tag === 'open inference'
      ? { 'application/json': { schema: inferError } }
      : { [problemMediaType]: { schema: problem } };
  return { [`${status}`]: ok, ...problems(errors, problemContent) };
}

const descriptions = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

/** Replies whose content another specification defines. */
function anyOf(mediaType: string) {
  return mediaType.endsWith('json') ? z.record(z.string(), z.unknown()) : z.string();
}

const graphqlReply = z
  .object({
    data: z.record(z.string(), z.unknown()).nullish(),
    errors: z.array(z.object({ message: z.string(), extensions: problem }).loose()).optional(),
  })
  .meta({ id: 'GraphqlReply' });

/** Codes share statuses: each status lists the codes that it can carry. */
function problems(errors: readonly ErrorCode[], content: ZodOpenApiContentObject): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(errors, (code) => errorCatalogue[code].status);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\` ${errorCatalogue[code].title}`).join('; '),
          headers: refusalHeaders,
          content,
        },
      ]),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
