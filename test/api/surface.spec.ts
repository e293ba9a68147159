import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { generateApiKey } from '#core';
import { AppError } from '#kernel';
import { endpoints } from '#transport';
import { apiCases, pngBase64, scriptedCases } from './cases/index.js';
import { authorization } from './api-target.js';
import { describeCases } from './describe-cases.js';
import { startLocalGateway } from './local-gateway.js';
import { ImmediateQueue } from './immediate-queue.js';

let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
beforeAll(async () => {
  gateway = await startLocalGateway();
}, 30_000);
afterAll(() => gateway.stop());

const post = (path: string, headers: Record<string, string> = {}) =>
  request(gateway.target.url)
    .post(path)
    .set({ ...authorization(gateway.target, 'good'), ...headers });
const body = { text: 'Good morning', source: 'en', target: 'pt' };

describeCases(() => gateway.target, [...apiCases, ...scriptedCases]);

describe('a reply', () => {
  it('carries its request id in body and header, and where the time went in Server-Timing', async () => {
    const reply = await post('/v1/translate').send(body).expect(200);
    expect(reply.body).toMatchObject({ requestId: reply.headers['x-request-id'] });
    expect(reply.headers['server-timing']).toBe(
      'queue;dur=0.10, batch;dur=0.20, encode;dur=0.30, inference;dur=0.40, decode;dur=0.50',
    );
  });

  it('gives each aliased inference field of a GraphQL operation a request id of its own', async () => {
    const query = '{ a: embed(text: "x") { requestId } b: embed(text: "y") { requestId } }';
    const reply = await post('/graphql').send({ query }).expect(200);
    const id = String(reply.headers['x-request-id']);
    expect(reply.body).toEqual({ data: { a: { requestId: id }, b: { requestId: `${id}.2` } } });
  });
});

describe('aliased inference fields', () => {
  it('run side by side, so that they can share a batch', async () => {
    const before = gateway.queue.submitted.length;
    const fields = ['a', 'b', 'c'].map((alias) => `${alias}: embed(text: "[hold]") { requestId }`);
    const reply = post('/graphql')
      .send({ query: `{ ${fields.join(' ')} }` })
      .then(({ status }) => status);
    await gateway.queue.arrived(before + 3);
    gateway.queue.release();
    await expect(reply).resolves.toBe(200);
  });
});

describe('a file', () => {
  const png = Buffer.from(pngBase64, 'base64');

  it('is taken as multipart over REST, with numbers in text fields', async () => {
    const reply = await post('/v1/images/classify')
      .field('topK', '3')
      .attach('image', png, 'a.png')
      .expect(200);
    expect(reply.body).toMatchObject({ labels: [{ label: 'tabby' }] });
    expect(gateway.queue.submitted.at(-1)?.items[0]).toMatchObject({ topK: 3, image: png });
  });

  it('is taken as multipart over GraphQL, by the multipart request specification', async () => {
    const query = 'query ($f: Upload!) { classifyImage(image: $f) { labels { label } } }';
    const reply = await post('/graphql')
      .field('operations', JSON.stringify({ query, variables: { f: null } }))
      .field('map', JSON.stringify({ 0: ['variables.f'] }))
      .attach('0', png, 'a.png')
      .expect(200);
    expect(reply.body).toEqual({ data: { classifyImage: { labels: [{ label: 'tabby' }] } } });
  });

  it.each([
    [
      'a part that names no field',
      '--x\r\ncontent-disposition: form-data; name="picture"\r\n\r\na\r\n--x--\r\n',
      422,
    ],
    [
      'a body that ends inside a part',
      '--x\r\ncontent-disposition: form-data; name="image"; filename="a"\r\n\r\nab',
      400,
    ],
    ['a body without its boundary', 'no boundary here', 400],
    ['an empty form', '--x--\r\n', 422],
  ])('is refused as %s', async (_, form, status) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    await post('/v1/images/classify', headers).send(Buffer.from(form)).expect(status);
  });

  it('is refused above 10 MiB', async () => {
    const reply = await post('/v1/images/classify').attach(
      'image',
      Buffer.alloc(10 * 1024 * 1024 + 1),
      'a.png',
    );
    expect(reply.body).toMatchObject({ code: 'request.invalid', issues: [{ path: 'image' }] });
  });
});

describe('Idempotency-Key', () => {
  const once = (key: string, text = 'Good morning') =>
    post('/v1/translate', { 'idempotency-key': key }).send({ ...body, text });

  it('replays the reply of the same body without running it again', async () => {
    const first = await once('replay').expect(200);
    const runs = gateway.queue.submitted.length;
    const second = await once('replay').expect(200);
    expect(second.body).toEqual(first.body);
    expect(gateway.queue.submitted.length).toBe(runs);
  });

  it('refuses another body with 422', async () => {
    await once('mismatch').expect(200);
    const reply = await once('mismatch', 'Good night').expect(422);
    expect(reply.body).toMatchObject({ code: 'idempotency.mismatch' });
  });

  it('says 409 and when to retry while the first request runs', async () => {
    const before = gateway.queue.submitted.length;
    const first = once('in-flight', ImmediateQueue.holdWord).then(({ status }) => status);
    await gateway.queue.arrived(before + 1);
    const reply = await once('in-flight', ImmediateQueue.holdWord).expect(409);
    expect(reply.body).toMatchObject({ code: 'idempotency.in_flight', retryable: true });
    expect(reply.headers['retry-after']).toBe('1');
    gateway.queue.release();
    await expect(first).resolves.toBe(200);
  });

  it('counts per field over GraphQL', async () => {
    const ask = (text: string) =>
      post('/graphql', { 'idempotency-key': 'fields' }).send({
        query: `{ a: embed(text: "one") { requestId } b: embed(text: "${text}") { requestId } }`,
      });
    const first = await ask('two').expect(200);
    expect((await ask('two')).body).toEqual(first.body);
    const changed = await ask('three').expect(200);
    expect(changed.body).toMatchObject({
      errors: [{ path: ['b'], extensions: { code: 'idempotency.mismatch' } }],
    });
  });
});

const graphqlErrors = z.object({ errors: z.array(z.object({ extensions: z.unknown() })) });

describe('GraphQL attacks', () => {
  const ask = (query: string) => post('/graphql').send({ query });
  const firstError = ({ body: answer }: { body: unknown }) =>
    graphqlErrors.parse(answer).errors[0]?.extensions;
  const fields = (count: number) =>
    Array.from({ length: count }, (_, i) => `f${i}: limits { name }`).join(' ');

  it.each([
    ['too many aliases', `{ ${fields(33)} }`],
    ['too many inferences', `{ ${'embed(text: "a") { requestId } '.repeat(33)} }`],
    [
      'aliases hidden in fragments',
      `{ ...a ...a } fragment a on Query { ${fields(17)} ...b } fragment b on Query { ${fields(16)} }`,
    ],
    ['too many tokens', `{ limits { ${'name '.repeat(2_100)} } }`],
    ['too long a document', `{ limits { name } } # ${'x'.repeat(66_000)}`],
  ])('refuses %s as graphql.too_complex', async (_, query) => {
    const reply = await ask(query).expect(400);
    expect(firstError(reply)).toMatchObject({ code: 'graphql.too_complex', limit: expect.anything() });
  });

  it.each([
    ['an unknown field', '{ nothing }'],
    ['a syntax error', '{ limits { name '],
    ['a mutation', 'mutation { translate }'],
    ['a subscription', 'subscription { limits { name } }'],
    ['a fragment cycle', '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'],
    ['a JSON syntax tree', JSON.stringify({ kind: 'Document', definitions: [] })],
    ['a number', '5'],
    ['an empty document', ''],
    [
      'introspection that circles',
      `{ __schema ${'{ types { fields { type '.repeat(8)}{ name }${' } } }'.repeat(8)} }`,
    ],
  ])('refuses %s as graphql.invalid', async (_, query) => {
    const reply = await ask(query).expect(400);
    expect(firstError(reply)).toMatchObject({ code: 'graphql.invalid' });
  });

  it('refuses an array of operations', async () => {
    const reply = await post('/graphql')
      .send([{ query: '{ limits { name } }' }])
      .expect(400);
    expect(reply.body).toMatchObject({ errors: [{ extensions: { code: 'graphql.invalid' } }] });
  });

  it('refuses wrong variables, and operations that are not there', async () => {
    const query = 'query A($t: [String!]!) { embed(text: $t) { requestId } }';
    await post('/graphql')
      .send({ query, variables: { t: 5.5 } })
      .expect(400);
    await post('/graphql')
      .send({ query, variables: { t: 'a' }, operationName: 'B' })
      .expect(400);
    await post('/graphql').send({ query, variables: [] }).expect(400);
  });

  it('allows introspection', async () => {
    const reply = await ask(
      '{ __schema { queryType { fields { name args { type { ofType { name } } } } } } }',
    ).expect(200);
    expect(reply.body).toMatchObject({ data: { __schema: { queryType: { fields: expect.anything() } } } });
  });

  it('answers 200 in plain JSON to clients from before GraphQL-over-HTTP', async () => {
    const reply = await post('/graphql', { accept: 'application/json' })
      .send({ query: '{ nothing }' })
      .expect(200);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('operations', () => {
  it('serves every endpoint of the catalogue, and guards all that are not public', async () => {
    for (const { method, path, public: isPublic } of endpoints) {
      const verb = method.toLowerCase() as Lowercase<typeof method>;
      const reply = await request(gateway.target.url)[verb](path);
      expect([path, reply.status]).toEqual([path, isPublic ? 200 : 401]);
    }
  });

  it('is ready only when every model is warm, and says why not', async () => {
    gateway.models.warm = false;
    const reply = await request(gateway.target.url).get('/health/ready').expect(503);
    expect(reply.body).toMatchObject({
      code: 'engine.unavailable',
      detail: 'No engine has a warm model yet, or none is left',
    });
    gateway.models.warm = true;
    await request(gateway.target.url).get('/health/ready').expect(200);
  });

  it('serves Swagger UI from its own files', async () => {
    const page = await request(gateway.target.url).get('/docs').expect(200);
    expect(page.text).not.toMatch(/(src|href)="https?:/);
    await request(gateway.target.url).get('/docs/static/swagger-ui-bundle.js').expect(200);
    const shown = await request(gateway.target.url).get('/docs/json').expect(200);
    const document = await request(gateway.target.url).get('/openapi.json').expect(200);
    expect(shown.body).toEqual(document.body);
  });

  it('counts requests by route pattern, never by a path that a caller made up', async () => {
    await request(gateway.target.url).get('/made/up/path');
    const { text } = await request(gateway.target.url).get('/metrics').expect(200);
    expect(text).toMatch(/inferway_http_requests_total\{route="\/v1\/translate",status="200"\} \d+/);
    expect(text).not.toContain('made');
  });

  describe('of a GraphQL reply, 200 to clients from before GraphQL-over-HTTP whatever it says', () => {
    const counted = async (status: number) => {
      const { text } = await request(gateway.target.url).get('/metrics').expect(200);
      const line = new RegExp(
        `^inferway_http_requests_total\\{route="/graphql",status="${status}"\\} (\\d+)`,
        'm',
      );
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const ask = (query: string) =>
      post('/graphql', { accept: 'application/json' }).send({ query }).expect(200);
    afterEach(() => (gateway.queue.refusal = undefined));

    it('counts what it says', async () => {
      const before = await counted(503);
      gateway.queue.refusal = new AppError('queue.unavailable');
      const reply = await ask('{ embed(text: "x") { requestId } }');
      expect(reply.body).toMatchObject({ errors: [{ extensions: { code: 'queue.unavailable' } }] });
      expect(await counted(503)).toBe(before + 1);
    });

    it('counts the deadline that was missed, not the mistake beside it', async () => {
      const before = await counted(408);
      gateway.queue.refusal = new AppError('deadline.exceeded');
      const reply = await ask('{ a: embed(text: "x") { requestId } b: embed(text: "") { requestId } }');
      for (const code of ['deadline.exceeded', 'request.invalid']) expect(reply.text).toContain(`"${code}"`);
      expect(await counted(408)).toBe(before + 1);
    });
  });

  it('counts no probes, scrapes and pages among the requests', async () => {
    for (const path of ['/', '/health/live', '/health/ready', '/metrics', '/docs/errors', '/v2/health/ready'])
      await request(gateway.target.url).get(path).expect(200);
    const { text } = await request(gateway.target.url).get('/metrics').expect(200);
    const routes = [...text.matchAll(/^inferway_http_requests_total\{route="([^"]*)"/gm)].map(
      ([, route]) => route,
    );
    expect(routes).toContain('/v1/translate');
    expect(routes.filter((route = '') => !/^(\/v[12]\/(?!health)|\/graphql$|unknown$)/.test(route))).toEqual(
      [],
    );
  });

  it('logs neither keys nor payloads', async () => {
    await post('/v1/translate').send({ ...body, text: 'a secret sentence' });
    await request(gateway.target.url)
      .post('/v1/translate')
      .set('authorization', `Bearer ${generateApiKey('live').text}`)
      .send({ ...body, text: 'a secret sentence' });
    await post('/v1/translate', { 'content-type': 'application/json' }).send('{"a secret sentence');
    const log = gateway.lines.join('');
    expect(log).toContain('"requestId":"req_');
    expect(log).not.toMatch(/secret sentence|iw_live_/);
  });
});
