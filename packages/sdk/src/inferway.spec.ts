import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Inferway, InferwayError, isInferwayError } from './index.js';
import { FailingServer, problem, reply } from './testing/failing-server.js';

const server = new FailingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const key = 'iw_live_0123456789_secret';
const client = () => new Inferway({ apiKey: key, baseUrl: `${server.url}/eu/` });

describe('a reply', () => {
  it('has its fields, its request id and where the time went', async () => {
    const headers = { 'x-request-id': 'req_1', 'server-timing': 'queue;dur=0.10, decode;desc="d";dur=2' };
    server.script(reply({ models: [] }, headers));
    expect(await client().models()).toEqual({
      models: [],
      requestId: 'req_1',
      serverTiming: { queue: 0.1, decode: 2 },
    });
  });

  it('keeps the request id of its body, which a replayed reply has from the first request', async () => {
    server.script(reply({ embeddings: [], requestId: 'req_first' }, { 'x-request-id': 'req_second' }));
    expect(await client().embed({ text: 'A cat' })).toMatchObject({
      requestId: 'req_first',
      serverTiming: {},
    });
  });

  it('may be empty', async () => {
    server.script((response) => void response.writeHead(204, { 'x-request-id': 'req_1' }).end());
    expect(await client().models()).toEqual({ requestId: 'req_1', serverTiming: {} });
  });
});

describe('a request', () => {
  it('carries key, trace context and body below the path of the base URL', async () => {
    server.script(reply({}));
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await client().translate({ text: ['Hello'], target: 'pt' }, { traceparent });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', url: '/eu/v1/translate' });
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      traceparent,
    });
    expect(JSON.parse(String(request?.body))).toEqual({ text: ['Hello'], target: 'pt' });
  });

  it('carries no key to where a redirect points', async () => {
    const other = new FailingServer();
    await other.start();
    other.script(reply({}));
    server.script((response) => void response.writeHead(307, { location: other.url }).end());
    await expect(client().models()).rejects.toMatchObject({ code: 'reply.unexpected' });
    expect(other.requests).toEqual([]);
    await other.stop();
  });
});

describe('a refusal', () => {
  const facts = {
    issues: [{ path: 'text[1]', message: 'is empty' }],
    limit: { name: 'text', value: 10, unit: 'items' },
    retryAfterS: 1.5,
    supported: ['en-pt'],
  };

  it('is an error with every fact of the problem', async () => {
    const body = { code: 'request.invalid', title: 'Wrong', detail: 'text[1]: is empty', requestId: 'req_1' };
    server.script(problem(422, { ...body, retryable: false, ...facts }));
    const error: unknown = await client()
      .models()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InferwayError);
    expect(error).toMatchObject({
      ...facts,
      code: 'request.invalid',
      status: 422,
      requestId: 'req_1',
      retryable: false,
      message: 'request.invalid: Wrong: text[1]: is empty',
    });
  });

  it('drops facts of another shape than the contract has', async () => {
    const strange = { issues: [5, ...facts.issues], limit: 'ten', retryAfterS: 'soon', supported: 'all' };
    server.script(problem(422, { code: 'request.invalid', retryable: false, ...strange }));
    const error: unknown = await client()
      .models()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ issues: facts.issues });
    expect(error).toMatchObject({ limit: undefined, retryAfterS: undefined, supported: undefined });
  });
});

describe('isInferwayError', () => {
  const error: unknown = new InferwayError('quota.exceeded', 'used up', { retryable: false });

  it('tells by code, and narrows to it', () => {
    expect(isInferwayError(error)).toBe(true);
    expect(isInferwayError(error, 'rate.limited', 'quota.exceeded')).toBe(true);
    expect(isInferwayError(error, 'rate.limited')).toBe(false);
    if (isInferwayError(error, 'quota.exceeded')) error.code satisfies 'quota.exceeded';
  });

  it.each([undefined, null, 'quota.exceeded', new Error('x'), { code: 'quota.exceeded' }])(
    'is false for %p',
    (other) => {
      expect(isInferwayError(other)).toBe(false);
    },
  );
});

describe('a client', () => {
  it('does not show its key', () => {
    const shown = `${inspect(client(), { depth: 9, showHidden: true })} ${JSON.stringify(client())}`;
    expect(shown).not.toContain('secret');
  });

  /** As JavaScript lets one call it. */
  const make = (options: object) => (): unknown => Reflect.construct(Inferway, [options]);
  const server = 'the address of the server, such as http://127.0.0.1:8080';

  it.each([
    [{ apiKey: 'k' }, `baseUrl is missing: ${server}`],
    [{ apiKey: 'k', baseUrl: '' }, `baseUrl is missing: ${server}`],
    [{ apiKey: 'k', baseUrl: 'inferway.example' }, `baseUrl must be ${server}`],
    [{ apiKey: 'k', baseUrl: 'localhost:8080' }, `baseUrl must be ${server}`],
    [{ apiKey: 'k', baseUrl: 'ftp://127.0.0.1' }, `baseUrl must be ${server}`],
    [{ baseUrl: 'http://127.0.0.1' }, 'apiKey is missing'],
    [{ apiKey: '', baseUrl: 'http://127.0.0.1' }, 'apiKey is missing'],
    [{ apiKey: 'k', baseUrl: 'http://127.0.0.1', retry: { maxAttempts: 0 } }, 'maxAttempts'],
  ])('is refused with %j, and says why', (options, why) => {
    expect(make(options)).toThrow(why);
  });

  it('does not quote an address that may be the key in the wrong place', () => {
    expect(make({ apiKey: 'http://127.0.0.1:8080', baseUrl: 'iw_live_secret' })).toThrow(/^(?!.*secret)/);
  });

  it('takes an address that was parsed already', () => {
    expect(make({ apiKey: 'k', baseUrl: new URL('https://inferway.example/eu') })).not.toThrow();
  });
});
