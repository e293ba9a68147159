import { connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ImmediateQueue } from './immediate-queue.js';
import { startLocalGateway } from './local-gateway.js';

let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
beforeAll(async () => {
  gateway = await startLocalGateway({ requestTimeoutMs: 200 });
}, 30_000);
afterAll(() => gateway.stop());

/** Everything the server says on a connection until it closes it. */
async function talk(bytes: string | Buffer): Promise<string> {
  const socket = open();
  socket.write(bytes);
  return readToEnd(socket);
}

function open(): Socket {
  const socket = connect(gateway.port, '127.0.0.1');
  // The server may reset a connection whose request it refused to read.
  socket.on('error', () => undefined);
  return socket;
}

async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

const head = (extra: string) =>
  `POST /v1/translate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gateway.target.key}\r\nContent-Type: application/json\r\n${extra}\r\n`;

/** Status line and problem code of a reply, and that its length is what it says. */
function read(reply: string): { status: number; code: string } {
  const [top = '', body = ''] = reply.split('\r\n\r\n');
  expect(top).toMatch(/content-type: application\/problem\+json/i);
  expect(Number(/content-length: (\d+)/i.exec(top)?.[1])).toBe(Buffer.byteLength(body));
  const { code } = JSON.parse(body) as { code: string };
  return { status: Number(top.split(' ')[1]), code };
}

describe('a connection', () => {
  it.each([
    ['what is no HTTP', () => 'hello\r\n\r\n'],
    ['an unknown method', () => 'BREW /coffee HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a Content-Length that is no number', () => head('Content-Length: ten\r\n')],
    ['two Content-Lengths', () => head('Content-Length: 3\r\nContent-Length: 4\r\n')],
    ['Content-Length beside chunks', () => head('Content-Length: 3\r\nTransfer-Encoding: chunked\r\n')],
    ['a broken chunk', () => `${head('Transfer-Encoding: chunked\r\n')}zz\r\n`],
    ['a NUL in a header', () => head('X-A: \u0000\r\n')],
  ])('that sends %s gets 400 and is closed', async (_, bytes) => {
    expect(read(await talk(bytes()))).toEqual({ status: 400, code: 'request.malformed' });
  });

  it('that sends headers beyond the limit gets 413 and is closed', async () => {
    const reply = await talk(head(`X-A: ${'a'.repeat(20_000)}\r\n`));
    expect(read(reply)).toEqual({ status: 413, code: 'request.too_large' });
  });

  it('that announces a body beyond the limit gets 413 before sending it', async () => {
    const reply = await talk(head('Content-Length: 999999999\r\nConnection: close\r\n'));
    expect(read(reply)).toEqual({ status: 413, code: 'request.too_large' });
  });

  it('that announces a large body without a key gets 401 before sending it', async () => {
    const reply = await talk(
      'POST /v1/images/classify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\nConnection: close\r\n\r\n',
    );
    expect(read(reply)).toEqual({ status: 401, code: 'auth.missing_key' });
  });

  it.each([
    ['never ends its headers', () => 'POST /v1/translate HTTP/1.1\r\nHost: x\r\nX-A: '],
    ['never ends its body', () => `${head('Content-Length: 100\r\n')}{"text": "a`],
    ['never ends its chunks', () => `${head('Transfer-Encoding: chunked\r\n')}5\r\n{"tex\r\n`],
  ])('that %s gets 408 and is closed', async (_, bytes) => {
    expect(read(await talk(bytes()))).toEqual({ status: 408, code: 'request.timeout' });
  });

  it('that sends a large body slowly has the time that its length takes', async () => {
    const body = JSON.stringify({ text: 'a'.repeat(1_900_000), target: 'pt' });
    const large = open();
    const reply = readToEnd(large);
    large.write(`${head(`Content-Length: ${body.length}\r\nConnection: close\r\n`)}${body.slice(0, 10)}`);
    // What a small body may take has passed by then.
    expect(read(await talk(`${head('Content-Length: 100\r\n')}{"text": "a`)).status).toBe(408);
    large.write(body.slice(10));
    expect(read(await reply)).toEqual({ status: 422, code: 'request.invalid' });
  });

  it('that says nothing is closed', async () => {
    const socket = open();
    await once(socket, 'connect');
    const reply = await readToEnd(socket);
    expect(reply === '' ? 408 : read(reply).status).toBe(408);
  });

  it('that expects what we do not know is told so, and the server goes on', async () => {
    const reply = await talk(head('Expect: the-unexpected\r\nContent-Length: 2\r\nConnection: close\r\n'));
    expect(reply).toMatch(/^HTTP\/1.1 417 /);
  });
});

describe('a client', () => {
  const body = JSON.stringify({ text: ImmediateQueue.holdWord, source: 'en', target: 'pt' });
  const request = () =>
    `${head(`Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n`)}${body}`;

  it('that goes away aborts its job', async () => {
    const before = gateway.queue.submitted.length;
    const socket = open();
    socket.write(request());
    await gateway.queue.arrived(before + 1);
    const aborted = gateway.queue.aborted();
    socket.destroy();
    await expect(aborted).resolves.toBeUndefined();
  });

  it('whose deadline passes while its body arrives gets 408 deadline.exceeded', async () => {
    const socket = open();
    const reply = readToEnd(socket);
    const more = '\r\nX-Deadline-Ms: 1\r\nExpect: 100-continue\r\nConnection';
    const [headers = '', body = ''] = request().replace('\r\nConnection', more).split('\r\n\r\n');
    socket.write(`${headers}\r\n\r\n`);
    // The interim reply says that the server has the headers, from which the deadline counts.
    await once(socket, 'data');
    await sleep(20);
    socket.write(body);
    const final = (await reply).replace('HTTP/1.1 100 Continue\r\n\r\n', '');
    expect(read(final)).toEqual({ status: 408, code: 'deadline.exceeded' });
  });
});

describe('a client that reads its replies byte by byte', () => {
  it('is dropped at the bound for a reply, and what it did not read is forgotten', async () => {
    const slow = await startLocalGateway({ replyTimeoutMs: 500 });
    const http: Server = slow.app.getHttpServer();
    const accepted = new Promise<Socket>((resolve) => http.once('connection', resolve));
    const socket = connect(slow.port, '127.0.0.1');
    socket.on('error', () => undefined);
    // More replies than the buffers of the kernel hold.
    const replies = 200;
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(replies));
    const serverSide = await accepted;
    while (!serverSide.destroyed) {
      socket.read(1);
      await sleep(20);
    }
    const rest = await readToEnd(socket);
    expect(rest.split('HTTP/1.1 200 OK').length).toBeLessThan(replies);
    await slow.stop();
  });
});

describe('a server that shuts down', () => {
  it('finishes what runs and refuses what comes with service.draining', async () => {
    const draining = await startLocalGateway();
    const ask = (text: string) => {
      const body = JSON.stringify({ text, source: 'en', target: 'pt' });
      const length = Buffer.byteLength(body);
      return `POST /v1/translate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${draining.target.key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
    };
    const running = connect(draining.port, '127.0.0.1');
    const late = connect(draining.port, '127.0.0.1');
    const [finished, refused] = [readToEnd(running), readToEnd(late)];
    late.write(ask('late').slice(0, 20));
    running.write(ask(ImmediateQueue.holdWord));
    await draining.queue.arrived(1);
    const closed = draining.stop();
    await untilRefused(draining.port);
    late.write(ask('late').slice(20));
    expect(read(await refused)).toEqual({ status: 503, code: 'service.draining' });
    draining.queue.release();
    expect(await finished).toMatch(/^HTTP\/1.1 200 /);
    await closed;
  }, 30_000);
});

/** Until the server no longer listens. */
async function untilRefused(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => 'open'),
      once(socket, 'error').then(() => 'refused'),
    ]).catch(() => 'refused');
    socket.destroy();
    if (outcome === 'refused') return;
  }
  throw new Error('The server still listens');
}
