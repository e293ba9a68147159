import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import { createClient } from 'graphql-ws';
import request from 'supertest';
import WebSocket from 'ws';
import { z } from 'zod';
import { fixedScopes, keyRequest } from '#contracts';
import { systemOperator } from '#core';
import { tasks } from '#tasks';
import { buildGraphqlSchema, endpoints } from '#transport';
import { startLocalGateway } from './local-gateway.js';

/** All that a tenant's key may have. */
const scopes = [...fixedScopes, ...tasks.map(({ id }) => id)].filter((scope) => !/^admin:|^\*$/.test(scope));
const ofTenants = endpoints.filter(({ tag }) => tag !== 'admin');
/** Fields are called as the operations of REST that they share use cases with, but for these. */
const operations: Record<string, string> = { usagePage: 'usage', jobUpdated: 'job' };

const schema = buildGraphqlSchema();
const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const fields = types.flatMap((type) =>
  Object.values(type?.getFields() ?? {}).flatMap(({ name, args }) => {
    const given = args.filter(({ type: ofArgument }) => isNonNullType(ofArgument));
    const list = given.map((each) => `${each.name}: ${literal(each.type)}`).join(', ');
    const call = `${name}${list === '' ? '' : `(${list})`}`;
    const query = `${(type?.name ?? '').toLowerCase()} { ${call} { __typename } }`;
    const scope = scopeOf(operations[name] ?? name);
    return scope === undefined ? [] : [{ name, query, scope }];
  }),
);

function scopeOf(operationId: string): string | undefined {
  const endpoint = ofTenants.find((each) => each.operationId === operationId);
  if (endpoint === undefined) throw new Error(`${operationId} is no operation of REST: say which it is like`);
  return endpoint.scope;
}

/** A value that GraphQL lets through to whoever asks for the scope. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${needed.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  return ['Int', 'Float'].includes(type.name) ? '1' : '"a"';
}

describe('a key that may do all but one thing', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  const keys = new Map<string, string>();
  beforeAll(async () => {
    gateway = await startLocalGateway();
    for (const scope of scopes) {
      const others = scopes.filter((each) => each !== scope);
      const wanted = keyRequest.parse({ tenantId: gateway.tenantId, scopes: others });
      keys.set(scope, (await gateway.administration.keys.create(systemOperator, wanted)).text);
    }
  }, 30_000);
  afterAll(() => gateway.stop());

  const without = (scope: string) => keys.get(scope) ?? '';
  const lacks = (scope: string) => ({ code: 'auth.missing_scope', status: 403, supported: [scope] });
  const ask = (scope: string, query: string) =>
    request(gateway.target.url)
      .post('/graphql')
      .set('authorization', `Bearer ${without(scope)}`)
      .send({ query });

  it('meets every scope there is, over REST and, but for webhooks, over GraphQL', () => {
    expect(new Set(ofTenants.flatMap(({ scope }) => scope ?? []))).toEqual(new Set(scopes));
    const asked = scopes.filter((scope) => !scope.startsWith('webhooks:'));
    expect(new Set(fields.map(({ scope }) => scope))).toEqual(new Set(asked));
  });

  it.each(
    ofTenants.flatMap(({ method, path, scope }) => (scope === undefined ? [] : { method, path, scope })),
  )(
    '$method $path refuses one without $scope, by name, before it reads the body',
    async ({ method, path, scope }) => {
      const verb = z.enum(['get', 'post', 'patch', 'delete']).parse(method.toLowerCase());
      const client = request(gateway.target.url);
      const reply = await client[verb](path).set('authorization', `Bearer ${without(scope)}`);
      expect(reply.body).toMatchObject(lacks(scope));
    },
  );

  it.each(fields.filter(({ query }) => !query.startsWith('subscription')))(
    '$name refuses one without $scope, by name',
    async ({ query, scope }) => {
      const reply = await ask(scope, query);
      expect(reply.body).toMatchObject({ errors: [{ extensions: lacks(scope) }] });
    },
  );

  it.each(fields.filter(({ query }) => query.startsWith('subscription')))(
    'subscription $name refuses one without $scope, by name',
    async ({ query, scope }) => {
      const client = createClient({
        url: `ws://127.0.0.1:${gateway.port}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${without(scope)}` },
        retryAttempts: 0,
      });
      try {
        const first = await client.iterate({ query }).next();
        expect(first.value).toMatchObject({ errors: [{ extensions: lacks(scope) }] });
      } finally {
        await client.dispose();
      }
    },
  );

  it('cannot read by way of a job that it may cancel', async () => {
    const submit = 'mutation { submitJob(task: "embed", inputs: [{ text: "a" }]) { id } }';
    const submitted = z.object({ data: z.object({ submitJob: z.object({ id: z.string() }) }) });
    const { id } = submitted.parse((await ask('jobs:read', submit)).body).data.submitJob;
    const cancel = `mutation { cancelJob(id: "${id}") { results { nextCursor } } }`;
    const reply = await ask('jobs:read', cancel);
    expect(reply.body).toMatchObject({
      data: { cancelJob: { results: null } },
      errors: [{ path: ['cancelJob', 'results'], extensions: lacks('jobs:read') }],
    });
  });
});
