import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseForm } from '../../../libs/transport/index.js';
import { Inferway, type FileBody, type InferwayOptions } from './index.js';
import { FailingServer, overloaded, problem, reply } from './testing/failing-server.js';
import { TestClock } from './testing/test-clock.js';

const server = new FailingServer();
const folder = mkdtempSync(join(tmpdir(), 'inferway-upload-'));
const file = join(folder, 'cat.jpg');
/** More than a chunk of any stream, and every byte there is. */
const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31) % 256);

beforeAll(async () => {
  writeFileSync(file, bytes);
  await server.start();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const client = (options: Partial<InferwayOptions> = {}) =>
  new Inferway({ apiKey: 'k', baseUrl: server.url, clock: new TestClock(), ...options });
const answered = reply({ labels: [] });

const halves = [bytes.subarray(0, 70_000), bytes.subarray(70_000)];
async function* generate() {
  yield* halves;
  await Promise.resolve();
}
const webStream = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const half of halves) controller.enqueue(half);
      controller.close();
    },
  });

const kinds: [name: string, make: () => FileBody][] = [
  ['a Blob', () => new Blob([bytes])],
  ['a File', () => new File([bytes], 'holiday.jpg')],
  ['bytes', () => bytes],
  ['a view on part of a buffer', () => Buffer.concat([Buffer.from('before'), bytes]).subarray(6)],
  ['an ArrayBuffer', () => bytes.buffer.slice()],
  ['a web stream', webStream],
  ['a generator', generate],
  ['a Node.js stream', () => createReadStream(file)],
  ['a function that opens a stream', () => webStream],
  ['a function that opens one later', () => () => Promise.resolve(createReadStream(file))],
];

/** A form as it arrived, read by the parser that the server has. */
async function form(index: number): Promise<{ image: Uint8Array; topK: unknown; fields: string[] }> {
  const { headers, body } = server.requests[index] ?? { headers: {}, body: Buffer.alloc(0) };
  const { entries } = await parseForm(headers['content-type'] ?? '', body);
  const { image, topK } = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  if (!(image instanceof Uint8Array)) throw new Error('image came as no file');
  return { image, topK, fields: entries.map(({ name }) => name).sort() };
}

describe.each([true, false])('with streamed uploads %p, a file', (streamUploads) => {
  it.each(kinds)('arrives whole as %s, beside its fields', async (_, make) => {
    server.script(answered);
    await client({ streamUploads }).classifyImage({ image: make(), topK: 3 });
    const { image, topK, fields } = await form(0);
    expect(Buffer.compare(image, bytes)).toBe(0);
    expect(topK).toBe('3');
    expect(fields).toEqual(['image', 'topK']);
  });
});

describe.each([true, false])('with streamed uploads %p, a file that is the whole body', (streamUploads) => {
  it.each(kinds)('arrives as it is, as %s', async (_, make) => {
    server.script(reply({ id: 'job_1' }));
    await client({ streamUploads }).submitVideo({ file: make(), framesPerSecond: 2 });
    const [request] = server.requests;
    expect(request?.url).toBe('/v1/videos?framesPerSecond=2');
    expect(request?.headers['content-type']).toBe('application/octet-stream');
    expect(Buffer.compare(request?.body ?? Buffer.alloc(0), bytes)).toBe(0);
  });

  it('is opened again for each attempt where a function opens it', async () => {
    server.script(overloaded, reply({ id: 'job_1' }));
    await client({ streamUploads }).submitVideo({ file: webStream });
    for (const { body } of server.requests) expect(Buffer.compare(body, bytes)).toBe(0);
    expect(server.requests).toHaveLength(2);
  });
});

describe('a file', () => {
  it('that is the whole body is not text, which could be base64', async () => {
    server.script(answered);
    const text: object = { file: 'aGVsbG8=' };
    const call = client().submitVideo({ file: bytes, ...text });
    await expect(call).rejects.toThrow('file must be a Blob, bytes or a stream');
    expect(server.requests).toHaveLength(0);
  });

  it('is JSON where it is given as base64', async () => {
    server.script(answered);
    await client().classifyImage({ image: 'aGVsbG8=', topK: 3 });
    expect(server.requests[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(server.requests[0]?.body))).toEqual({ image: 'aGVsbG8=', topK: 3 });
  });

  it('leaves out fields that are undefined', async () => {
    server.script(answered);
    const absent: object = { topK: undefined };
    await client().classifyImage({ image: bytes, ...absent });
    expect((await form(0)).fields).toEqual(['image']);
  });

  it('that is none of these is refused before anything is sent', async () => {
    server.script(answered);
    const nonsense: object = { image: 5 };
    await expect(client().classifyImage({ image: bytes, ...nonsense })).rejects.toThrow(
      /image must be a Blob/,
    );
    expect(server.requests).toHaveLength(0);
  });
});

describe('a stream', () => {
  it('is on its way before it has ended', async () => {
    let arrived: () => void = () => undefined;
    const firstArrived = new Promise<void>((resolve) => (arrived = resolve));
    const slow = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => {
        if (chunk.includes('first half')) arrived();
      });
      request.on('end', () => answered(response));
    });
    await once(slow.listen(0, '127.0.0.1'), 'listening');
    const { port } = slow.address() as AddressInfo;
    /** The second half exists only when the server has the first. */
    async function* halfByHalf() {
      yield new TextEncoder().encode('first half');
      await firstArrived;
      yield new TextEncoder().encode('second half');
    }
    const baseUrl = `http://127.0.0.1:${port}`;
    await expect(client({ baseUrl }).classifyImage({ image: halfByHalf() })).resolves.toBeDefined();
    slow.closeAllConnections();
    slow.close();
  });

  it('that can be read once only is not sent twice', async () => {
    server.script(overloaded, answered);
    const call = client().classifyImage({ image: webStream() });
    await expect(call).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['is opened again for each attempt where a function opens it', true, () => webStream],
    ['is kept for each attempt where the runtime cannot send it', false, webStream],
  ])('%s', async (_, streamUploads, make) => {
    server.script(overloaded, overloaded, answered);
    await client({ streamUploads }).classifyImage({ image: make() });
    for (const index of [0, 1, 2]) expect(Buffer.compare((await form(index)).image, bytes)).toBe(0);
    const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  });

  it.each([true, false])(
    'that fails fails the call with its own error (streamed: %p)',
    async (streamUploads) => {
      server.script(answered);
      const unplugged = new Error('the camera was unplugged');
      async function* camera() {
        yield bytes;
        await Promise.reject(unplugged);
      }
      const call = client({ streamUploads }).classifyImage({ image: camera });
      await expect(call).rejects.toBe(unplugged);
      expect(server.requests).toHaveLength(0);
    },
  );

  it('is let go of when the call is aborted, even while it has nothing to give', async () => {
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    let call: Promise<unknown> = Promise.resolve();
    const released = new Promise<unknown>((resolve) => {
      const image = new ReadableStream<Uint8Array>(
        { pull: () => controller.abort(reason), cancel: resolve },
        { highWaterMark: 0 },
      );
      call = client().classifyImage({ image }, { signal: controller.signal });
    });
    await expect(call).rejects.toBe(reason);
    await expect(released).resolves.toBe(reason);
  });

  it('is let go of when the server refuses it half-way', async () => {
    const hasty = createServer((_, response) => {
      problem(401, { code: 'auth.unknown_key', retryable: false })(response);
    });
    await once(hasty.listen(0, '127.0.0.1'), 'listening');
    const { port } = hasty.address() as AddressInfo;
    let call: Promise<unknown> = Promise.resolve();
    const released = new Promise<unknown>((resolve) => {
      const image = new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(bytes),
        cancel: resolve,
      });
      call = client({ baseUrl: `http://127.0.0.1:${port}` }).classifyImage({ image });
    });
    await expect(call).rejects.toMatchObject({ code: 'auth.unknown_key' });
    await released;
    hasty.closeAllConnections();
    hasty.close();
  });
});
