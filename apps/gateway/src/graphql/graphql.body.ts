import { z } from 'zod';
import { AppError } from '#kernel';
import { documentLimits, FormBody, parseInput } from '#transport';

/** A GraphQL-over-HTTP request. Members that we do not know are ignored, as the specification asks. */
const graphqlRequest = z.object({
  query: z.string().min(1),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
  extensions: z.record(z.string(), z.unknown()).nullish(),
});
export type GraphqlRequest = z.infer<typeof graphqlRequest>;

/** Where the files of a multipart request go: part name → paths such as `variables.image`. */
const fileMap = z.record(z.string(), z.array(z.string().regex(/^variables(\.[A-Za-z0-9_]+)+$/)).max(8));

/**
 * The request inside a body: JSON, or a form by the GraphQL multipart request specification.
 * @throws AppError `graphql.invalid` (arrays of operations among others), `graphql.too_complex` (too long a document)
 */
export function readGraphqlBody(body: unknown): GraphqlRequest {
  if (Array.isArray(body)) {
    throw new AppError('graphql.invalid', {
      detail: 'Arrays of operations are not accepted: ask for several fields in one operation',
    });
  }
  const request = parse(graphqlRequest, body instanceof FormBody ? fromForm(body) : body);
  const { length } = documentLimits;
  if (request.query.length > length.value) {
    const limit = { name: 'graphql.length', value: length.value, unit: length.unit };
    throw new AppError('graphql.too_complex', { detail: length.description, limit });
  }
  return request;
}

function fromForm(form: FormBody): unknown {
  const text = (name: string) => form.entries.find((entry) => entry.name === name)?.value;
  const operations = parse(graphqlRequest, parseJson(text('operations'), 'operations'));
  const map = parse(fileMap, parseJson(text('map'), 'map'));
  for (const [part, paths] of Object.entries(map)) {
    const file = text(part);
    if (!(file instanceof Uint8Array)) throw invalid(`There is no file part ${part}`);
    for (const path of paths) place(operations, path.split('.'), file);
  }
  return operations;
}

/** Puts a file where the map says; the place must hold null, as the specification demands. */
function place(target: unknown, [key, ...rest]: readonly string[], file: Uint8Array): void {
  if (key === undefined || !isContainer(target) || !Object.hasOwn(target, key)) {
    throw invalid('The map names a place that the operations do not have');
  }
  if (rest.length > 0) place(target[key], rest, file);
  else if (target[key] === null) target[key] = file;
  else throw invalid('The place of a file must hold null');
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseJson(text: string | Uint8Array | undefined, name: string): unknown {
  try {
    if (typeof text === 'string') return JSON.parse(text);
  } catch (cause) {
    throw new AppError('request.malformed', { detail: `The part ${name} is not valid JSON` }, { cause });
  }
  throw invalid(`The part ${name} is missing`);
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  try {
    return parseInput(schema, value);
  } catch (error) {
    const { facts } = AppError.from(error);
    throw new AppError(
      'graphql.invalid',
      { ...facts, detail: 'This is not a GraphQL request' },
      { cause: error },
    );
  }
}

function invalid(detail: string): AppError {
  return new AppError('graphql.invalid', { detail });
}
