import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { endpoints } from '#transport';
import { startLocalGateway } from './local-gateway.js';

const strict = "default-src 'none'; frame-ancestors 'none'";
const always = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };
const answer = { ...always, 'cache-control': 'no-store', 'content-security-policy': strict };

describe('security headers', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  beforeAll(async () => {
    gateway = await startLocalGateway();
  }, 30_000);
  afterAll(() => gateway.stop());

  const ask = async (method: string, path: string, key?: string) => {
    const verb = z.enum(['get', 'post', 'patch', 'delete']).parse(method.toLowerCase());
    const client = request(gateway.target.url);
    const asked = client[verb](path);
    return key === undefined ? asked : asked.set('authorization', `Bearer ${key}`);
  };

  it.each(endpoints.map(({ method, path }) => [method, path] as const))(
    'are on every reply of %s %s: without a key, with one, and to an operator',
    async (method, path) => {
      for (const key of [undefined, gateway.key, gateway.adminKey]) {
        const { headers } = await ask(method, path, key);
        expect(headers).toMatchObject(path.startsWith('/docs') ? always : answer);
      }
    },
  );

  it('are on the refusal of a path that is not there, of a method, and of a request that is no HTTP', async () => {
    expect((await ask('get', '/v1/nothing')).headers).toMatchObject(answer);
    expect((await ask('delete', '/v1/translate')).headers).toMatchObject(answer);
    const socket = connect(gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('no HTTP\r\n\r\n');
    const refusal = (await text(socket)).toLowerCase();
    for (const [name, value] of Object.entries(answer)) expect(refusal).toContain(`${name}: ${value}\r\n`);
  });

  it('let pages load what is theirs and nothing of others, and be framed by no other origin', async () => {
    const docs = (await ask('get', '/docs')).headers;
    expect(docs).toMatchObject(always);
    expect(docs['content-security-policy']).toMatch(/default-src 'self';.*frame-ancestors 'self'/);
    const errors = (await ask('get', '/docs/errors')).headers;
    expect(errors).toMatchObject(always);
    expect(errors['content-security-policy']).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
  });
});
