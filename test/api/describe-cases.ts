import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { problem, type Problem } from '#contracts';
import { Inferway, InferwayError } from '#sdk';
import { anything, apiCases, type ApiCase } from './cases/index.js';
import { authorization, keyText, type ApiTarget } from './api-target.js';

const graphqlReply = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string(), extensions: problem })).optional(),
});

/** Runs the table over REST, GraphQL and the SDK against a server that is up by the time the tests run. */
export function describeCases(target: () => ApiTarget, cases: readonly ApiCase[] = apiCases): void {
  describe('REST', () => {
    for (const each of cases.filter(({ rest }) => rest !== undefined))
      it(each.name, () => askRest(target(), each));
  });
  describe('GraphQL', () => {
    for (const each of cases.filter(({ graphql }) => graphql !== undefined)) {
      it(each.name, () => askGraphql(target(), each));
    }
  });
  describe('SDK', () => {
    for (const each of cases.filter(({ sdk }) => sdk !== undefined)) {
      it(each.name, () => askSdk(target(), each));
    }
  });
}

async function askRest(target: ApiTarget, each: ApiCase): Promise<void> {
  const { method = 'POST', path = '/', body, headers = {} } = each.rest ?? {};
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const verb = method.toLowerCase() as Lowercase<typeof method>;
  const client = request(target.url);
  const ask = client[verb](path).set({
    ...authorization(target, each.key ?? 'good'),
    ...(body !== undefined && !raw && json),
    ...headers,
  });
  // superagent would write a Buffer as JSON.
  const reply = await (raw ? ask.serialize((bytes: string) => bytes).send(body) : ask.send(toJson(body)));
  expect({ status: reply.status, text: reply.text }).toMatchObject({ status: each.status });
  expect(reply.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/);
  expect(reply.headers['etag']).toBeUndefined();
  if (each.code !== undefined) {
    expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
    expectProblem(reply.body, each);
    expect(reply.headers['www-authenticate'] === undefined).toBe(reply.status !== 401);
  } else if (each.body !== undefined) expect(reply.body).toMatchObject(matcher(each.body));
}

async function askGraphql(target: ApiTarget, each: ApiCase): Promise<void> {
  const { headers = {}, raw, ...body } = each.graphql ?? {};
  const reply = await request(target.url)
    .post('/graphql')
    .set({ ...authorization(target, each.key ?? 'good'), ...json, ...headers })
    .serialize((bytes: string) => bytes)
    .send(raw ?? JSON.stringify(body));
  expect({ status: reply.status, text: reply.text }).toMatchObject({ status: each.graphqlStatus ?? 200 });
  const { data, errors } = graphqlReply.parse(reply.body);
  if (each.code !== undefined) expectProblem(errors?.[0]?.extensions, each);
  else {
    expect(errors).toBeUndefined();
    const [first] = Object.values(data ?? {});
    if (each.body !== undefined) expect(first).toMatchObject(matcher(each.body));
    else expect(first).toBeDefined();
  }
}

async function askSdk(target: ApiTarget, { sdk, key = 'good', ...each }: ApiCase): Promise<void> {
  if (sdk === undefined || key === 'none') throw new Error('The SDK always sends a key');
  const client = new Inferway({ apiKey: keyText(target, key), baseUrl: target.url });
  const reply: unknown = await sdk(client).catch((error: unknown) => error);
  if (each.code !== undefined) {
    expect(reply).toBeInstanceOf(InferwayError);
    if (reply instanceof InferwayError) expectFacts(reply, each);
  } else {
    expect(reply).not.toBeInstanceOf(Error);
    expect(reply).toMatchObject({ requestId: expect.stringMatching(/^req_[0-9a-f]{32}$/) });
    if (each.body !== undefined) expect(reply).toMatchObject(matcher(each.body));
  }
}

const json = { 'content-type': 'application/json' };

const toJson = (body: unknown) => (body === undefined ? undefined : JSON.stringify(body));

/** The same problem on both surfaces. */
function expectProblem(body: unknown, each: ApiCase): void {
  const found = problem.parse(body);
  expect(found.type).toBe(`/docs/errors#${each.code ?? ''}`);
  expectFacts(found, each);
}

function expectFacts(found: Problem | InferwayError, each: ApiCase): void {
  expect(found).toMatchObject({ code: each.code, status: each.status });
  if (each.issue !== undefined) expect(found.issues?.map(({ path }) => path)).toContain(each.issue);
  if (each.body !== undefined) expect(found).toMatchObject(matcher(each.body));
}

/** A case's `body` with `anything` made a matcher: the table itself is plain data. */
function matcher(value: object): object {
  const convert = (inner: unknown): unknown => {
    if (inner === anything) return expect.anything();
    if (Array.isArray(inner)) return inner.map(convert);
    return typeof inner === 'object' && inner !== null ? matcher(inner) : inner;
  };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convert(inner)]));
}
