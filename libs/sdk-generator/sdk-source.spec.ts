import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { endpoints } from '#transport';
import { currentSdkSource, sdkSource, sdkSourcePath } from './sdk-source.js';

/** A document with one operation per entry, beside a schema that they may refer to. */
const document = (paths: Record<string, Record<string, object>>) => ({
  paths: Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      Object.fromEntries(
        Object.entries(item).map(([method, operation]) => [method, { summary: 'Does it', ...operation }]),
      ),
    ]),
  ),
  components: {
    schemas: {
      Problem: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] },
      Job: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          // Fields that have the names of JSON Schema's own words.
          description: { type: 'string', description: 'in your words' },
          default: { $ref: '#/components/schemas/Problem' },
        },
        required: ['id', 'description'],
      },
    },
  },
});

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const job = json({ $ref: '#/components/schemas/Job' });
const id = { in: 'path', name: 'id', required: true, schema: { type: 'string' } };

/** Without what formatting adds. */
const generate = async (paths: Parameters<typeof document>[0]) =>
  (await sdkSource(document(paths), ['internal'])).replaceAll(/\s+/g, ' ');

describe('packages/sdk/src/generated.ts', () => {
  it('is what the contracts say (otherwise run `npm run sdk:generate`)', async () => {
    expect(readFileSync(sdkSourcePath, 'utf8')).toBe(await currentSdkSource());
  });

  it('has a method for every task', async () => {
    const source = await currentSdkSource();
    for (const { task } of endpoints)
      if (task !== undefined) expect(source).toContain(`  ${task.field}(input: `);
  });
});

describe('sdkSource', () => {
  it('makes methods of operations with paths, bodies and replies of any status', async () => {
    const header = (name: string) => ({ in: 'header', name, schema: { type: 'string' } });
    const body = {
      type: 'object',
      properties: { task: { type: 'string' }, lane: { enum: ['bulk', 'interactive'], default: 'bulk' } },
      required: ['task'],
    };
    const source = await generate({
      '/v1/jobs': {
        post: {
          operationId: 'submitJob',
          parameters: [header('Idempotency-Key')],
          requestBody: json(body),
          responses: { 202: job },
        },
      },
      '/v1/jobs/{id}': {
        get: { operationId: 'job', parameters: [id], responses: { 200: job } },
        delete: { operationId: 'cancelJob', parameters: [id], responses: { 204: {} } },
      },
    });
    expect(source).toContain(
      "submitJob: { method: 'POST', path: '/v1/jobs', body: true, idempotencyKey: true }",
    );
    expect(source).toContain('interface SubmitJobInput { task: string; /** Default: "bulk" */ lane?:');
    expect(source).toContain('submitJob(input: SubmitJobInput, options?: CallOptions): Promise<Reply<Job>>');
    expect(source).toContain("cancelJob: { method: 'DELETE', path: '/v1/jobs/{id}' }");
    expect(source).toContain(
      'cancelJob(input: CancelJobInput, options?: CallOptions): Promise<Reply<object>>',
    );
    expect(source).toContain('interface CancelJobInput { id: string; }');
  });

  it('takes a body that is a file as it is by the name `file`', async () => {
    const binary = { schema: { type: 'string', format: 'binary' } };
    const source = await generate({
      '/v1/videos': {
        post: {
          operationId: 'submitVideo',
          parameters: [{ in: 'query', name: 'minScore', schema: { type: 'number' } }],
          requestBody: { content: { 'video/*': binary, 'application/octet-stream': binary } },
          responses: { 202: job },
        },
      },
    });
    expect(source).toContain("query: ['minScore'], file: 'application/octet-stream'");
    expect(source).toContain(
      'interface SubmitVideoInput { minScore?: number; /** The file itself */ file: FileBody; }',
    );
  });

  it('declares a shared type once, whatever its fields are called', async () => {
    const source = await generate({
      '/v1/jobs/{id}': { get: { operationId: 'job', parameters: [id], responses: { 200: job } } },
    });
    const declaration =
      'interface Job { id: string; /** in your words */ description: string; default?: Problem; }';
    expect(source.split(declaration)).toHaveLength(2);
    expect(source.split('interface Problem {')).toHaveLength(2);
  });

  it('makes no methods of what is public, of pages, of streams and of GraphQL', async () => {
    const of = (mediaType: string) => ({ 200: { content: { [mediaType]: { schema: {} } } } });
    const source = await generate({
      '/health/live': { get: { operationId: 'live', security: [], responses: { 200: job } } },
      '/v1/events': { get: { operationId: 'events', responses: of('text/event-stream') } },
      '/graphql': { post: { operationId: 'graphql', responses: of('application/graphql-response+json') } },
    });
    expect(source).toContain('const operations = {} as const');
  });

  it.each([
    [
      'a field in the URL and in the body',
      {
        operationId: 'x',
        parameters: [id],
        requestBody: json({ properties: { id: {} } }),
        responses: { 200: job },
      },
    ],
    [
      'a type that has the name of another',
      { operationId: 'x', responses: { 200: json({ type: 'object' }) } },
    ],
    [
      'a reference to nowhere',
      { operationId: 'y', responses: { 200: json({ $ref: '#/components/schemas/Lost' }) } },
    ],
  ])('refuses %s', async (_, operation) => {
    const other = { operationId: 'x', responses: { 200: json({ type: 'object' }) } };
    await expect(generate({ '/v1/x/{id}': { get: operation }, '/v1/y': { get: other } })).rejects.toThrow();
  });
});
