import { propertiesOf, requiredOf, type ApiOperation, type JsonSchema } from './api-document.js';
import type { TypeDeclarations } from './type-declarations.js';

export interface OperationSource {
  /** An entry of the table of operations. */
  entry: string;
  /** A method of the client. */
  method: string;
}

/** One operation as a row of data and a typed method; its types are declared on the way. */
export function operationSource(operation: ApiOperation, types: TypeDeclarations): OperationSource {
  const { operationId, method, path, summary, parameters, body, file, files, reply } = operation;
  const input = inputType(operation, types);
  const output = reply === undefined ? 'object' : types.declare(reply, `${capital(operationId)}Reply`);
  const named = (place: string) => parameters.filter((each) => each.in === place).map(({ name }) => name);
  const headers = named('header').map((name) => name.toLowerCase());
  const row = {
    method,
    path,
    ...(named('query').length > 0 && { query: named('query') }),
    ...(body !== undefined && { body: true }),
    ...(files.length > 0 && { files }),
    ...(file !== undefined && { file }),
    ...(headers.includes('idempotency-key') && { idempotencyKey: true }),
    ...(headers.includes('x-deadline-ms') && { deadline: true }),
  };
  const signature = input === undefined ? '' : `input: ${input.name}${input.optional ? ' = {}' : ''}, `;
  return {
    entry: `${operationId}: ${JSON.stringify(row)},`,
    method: `
      /**
       * ${summary}.
       *
       * \`${method} ${path}\`
       */
      ${operationId}(${signature}options?: CallOptions): Promise<Reply<${output}>> {
        return this.call(operations.${operationId}, ${input === undefined ? '{}' : 'input'}, options);
      }`,
  };
}

/** What the caller names, wherever it travels: path, query and body as one flat object. */
function inputType(
  operation: ApiOperation,
  types: TypeDeclarations,
): { name: string; optional: boolean } | undefined {
  const { operationId, parameters, file, files } = operation;
  const body = types.dereference(operation.body ?? {});
  const named = parameters.filter((each) => each.in !== 'header');
  const bodyFields =
    file === undefined
      ? propertiesOf(body)
      : { file: { description: 'The file itself', tsType: 'FileBody' } };
  const clash = named.find(({ name }) => name in bodyFields)?.name;
  if (clash !== undefined) throw new Error(`${operationId} has ${clash} in its URL and in its body`);
  const fields: [string, JsonSchema][] = [
    ...named.map(({ name, schema }): [string, JsonSchema] => [name, schema]),
    ...Object.entries(bodyFields).map(([name, schema]): [string, JsonSchema] => [
      name,
      files.includes(name) ? { description: schema['description'], tsType: 'FileInput' } : schema,
    ]),
  ];
  if (fields.length === 0) return undefined;
  const required = [
    ...named.filter((each) => each.required).map(({ name }) => name),
    ...(file === undefined ? requiredOf(body) : ['file']),
  ];
  const schema = { type: 'object', properties: Object.fromEntries(fields), required };
  return { name: types.declare(schema, `${capital(operationId)}Input`), optional: required.length === 0 };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
