import { describe, expect, it } from '@jest/globals';
import { CallSignal } from './call-signal.js';
import { prepareRequest } from './prepared-request.js';
import type { Operation } from './operation.js';

const destination = { baseUrl: 'https://inferway.example/eu', apiKey: 'k', streamUploads: true };
const prepare = (operation: Operation, input: object) => prepareRequest(destination, operation, input, {});

describe('prepareRequest', () => {
  it('puts each field where its operation says that it travels', async () => {
    const operation = {
      method: 'POST',
      path: '/v1/jobs/{id}/items',
      query: ['dry', 'tags'],
      body: true,
    } as const;
    const input = { id: 'a/b ?', dry: true, tags: ['x', 'y'], text: 'Hello' };
    const { url, body } = prepare(operation, input);
    expect(url).toBe('https://inferway.example/eu/v1/jobs/a%2Fb%20%3F/items?dry=true&tags=x&tags=y');
    const call = new CallSignal(undefined, 1_000);
    expect(await body?.open(call)).toEqual({
      contentType: 'application/json',
      content: '{"text":"Hello"}',
    });
    call.close();
  });

  it('sends no body, and no key, where the operation takes none', () => {
    const { body, headers, idempotent } = prepare({ method: 'DELETE', path: '/v1/jobs/{id}' }, { id: 'j1' });
    expect(body).toBeUndefined();
    expect(headers.has('idempotency-key')).toBe(false);
    expect(idempotent).toBe(true);
  });

  it('leaves out query fields that are undefined', () => {
    const { url } = prepare({ method: 'GET', path: '/v1/usage', query: ['from'] }, { from: undefined });
    expect(url).toBe('https://inferway.example/eu/v1/usage');
  });

  it.each([undefined, '', 5])('refuses %p as a part of the path, which would be another path', (id) => {
    expect(() => prepare({ method: 'GET', path: '/v1/jobs/{id}' }, { id })).toThrow(TypeError);
  });
});
