import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpWebhookSender } from './http-webhook-sender.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('HttpWebhookSender', () => {
  let answer: Answer;
  const received: { host: string | undefined; body: string; headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ host: request.headers.host, body, headers: request.headers });
      answer(request, response);
    });
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const resolved: string[] = [];
  /** DNS as an attacker would have it: the address is the caller's to say, and changes after the first answer. */
  const senderOf = (addresses: string[], trustedHosts: string[] = ['hooks.test'], timeoutMs = 2_000) =>
    new HttpWebhookSender({
      trustedHosts,
      userAgent: 'inferway/test',
      timeoutMs,
      resolve: (host) => {
        resolved.push(host);
        return Promise.resolve(
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    });
  const post = (url: string, sender = senderOf(['127.0.0.1'])) =>
    sender.send({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"a":"ü"}' });

  it('posts body and headers to the address of one single resolution', async () => {
    answer = (_, response) => response.writeHead(204).end();
    resolved.length = 0;
    expect(await post(`http://hooks.test:${port}/in?token=1`)).toEqual({ status: 204 });
    expect(resolved).toEqual(['hooks.test']);
    expect(received.at(-1)).toMatchObject({ host: `hooks.test:${port}`, body: '{"a":"ü"}' });
    expect(received.at(-1)?.headers).toMatchObject({ 'webhook-id': 'msg_1', 'user-agent': 'inferway/test' });
  });

  it('goes on to the next of the first four addresses where one refuses the connection, in the same attempt', async () => {
    answer = (_, response) => response.writeHead(204).end();
    resolved.length = 0;
    // The server listens at 127.0.0.1 alone.
    const addresses = ['127.0.0.2', '::1', '127.0.0.1'];
    expect(await post(`http://hooks.test:${port}/`, senderOf(addresses))).toEqual({ status: 204 });
    expect(resolved).toEqual(['hooks.test']);
    expect(await post(`http://hooks.test:${port}/`, senderOf(['127.0.0.2', '127.0.0.3']))).toEqual({
      error: 'The connection was refused',
    });
    const crowd = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.1'];
    expect(await post(`http://hooks.test:${port}/`, senderOf(crowd))).toEqual({
      error: 'The connection was refused',
    });
  });

  it.each([
    ['a name that points inside', ['10.0.0.1']],
    ['a name with one address outside and one inside', ['93.184.216.34', '127.0.0.1']],
    ['a name that points at the metadata service', ['169.254.169.254']],
    ['a name that points at a mapped loopback address', ['::ffff:127.0.0.1']],
    ['a name without an address', []],
  ])('connects to nothing for %s', async (_, addresses) => {
    const before = received.length;
    const reply = await post('https://rebind.test/', senderOf(addresses));
    expect(reply).toEqual({ error: 'The host has no public address' });
    expect(received).toHaveLength(before);
  });

  it.each([
    ['http://example.com/', 'must be an https URL'],
    ['ftp://example.com/', 'must be an https URL'],
    ['file:///etc/passwd', 'must be an https URL'],
    ['example.com/hook', 'must be an absolute URL'],
    ['https://user:secret@example.com/', 'must not hold a user name or password'],
    ['https://127.0.0.1/', 'must not point to an internal address'],
    ['https://2130706433/', 'must not point to an internal address'],
    ['https://0x7f.1/', 'must not point to an internal address'],
    ['https://[::1]/', 'must not point to an internal address'],
    ['https://[::ffff:10.0.0.1]/', 'must not point to an internal address'],
    ['https://169.254.169.254/latest/meta-data', 'must not point to an internal address'],
  ])('refuses %s as a receiver, and sends nothing there', async (url, message) => {
    expect(senderOf([]).refuse(url)).toBe(message);
    expect(await post(url)).toEqual({ error: `The URL ${message}` });
  });

  it('accepts https receivers, and plain http and inside only where the operator says so', () => {
    const sender = senderOf([], ['127.0.0.1', 'hooks.test']);
    for (const url of ['https://example.com/hook', 'http://127.0.0.1:8000/', 'http://hooks.test/'])
      expect(sender.refuse(url)).toBeUndefined();
  });

  it('does not follow a redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: `http://hooks.test:${port}/other` }).end();
    const before = received.length;
    expect(await post(`http://hooks.test:${port}/`)).toEqual({ status: 302 });
    expect(received).toHaveLength(before + 1);
  });

  it('reads no more of a reply than its bound', async () => {
    let sent = 0;
    answer = (_, response) => {
      const chunk = Buffer.alloc(16 * 1024);
      const more = () => {
        while (!response.destroyed && sent < 100_000_000 && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    };
    expect(await post(`http://hooks.test:${port}/`)).toEqual({ status: 200 });
    expect(sent).toBeLessThan(50_000_000);
  });

  it('gives up after its time, on a receiver that is silent and on one that never ends', async () => {
    answer = () => undefined;
    const sender = senderOf(['127.0.0.1'], ['hooks.test'], 100);
    expect(await post(`http://hooks.test:${port}/`, sender)).toEqual({
      error: 'No reply within 0.1 seconds',
    });
    answer = (_, response) => response.writeHead(200).write('a');
    expect(await post(`http://hooks.test:${port}/`, sender)).toEqual({
      error: 'No reply within 0.1 seconds',
    });
  });

  it('says in plain words what went wrong', async () => {
    expect(await post('http://hooks.test:1/')).toEqual({ error: 'The connection was refused' });
    const real = new HttpWebhookSender({ trustedHosts: ['no-such-host.invalid'], userAgent: 'x' });
    const reply = await post('https://no-such-host.invalid/', real);
    expect(reply).toEqual({ error: expect.stringMatching(/^The host name/) });
  });

  it('tells a name that is not known from one that points inside only where the operator trusts it', async () => {
    const unknown = Object.assign(new Error(), { code: 'ENOTFOUND' });
    const sender = new HttpWebhookSender({
      trustedHosts: [],
      userAgent: 'x',
      resolve: (host) =>
        host === 'redis.internal'
          ? Promise.resolve([{ address: '10.0.0.1', family: 4 }])
          : Promise.reject(unknown),
    });
    const inside = await post('https://redis.internal/', sender);
    expect(await post('https://no-such.internal/', sender)).toEqual(inside);
  });
});
