import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Inferway, type InferwayOptions } from './index.js';
import {
  endless,
  FailingServer,
  overloaded,
  problem,
  reply,
  silence,
  type Answer,
} from './testing/failing-server.js';
import { TestClock } from './testing/test-clock.js';

const server = new FailingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

const client = (options: Partial<InferwayOptions> = {}) =>
  new Inferway({ apiKey: 'k', baseUrl: server.url, random: () => 0.5, ...options });
const hello = { text: 'Good morning', target: 'pt' };
const answered = reply({ translations: [] });

/** An answer that is none, and when it was asked for and given up by the client. */
function watched(answer: Answer) {
  let asked: () => void = () => undefined;
  let closed: () => void = () => undefined;
  const whenAsked = new Promise<void>((resolve) => (asked = resolve));
  const whenClosed = new Promise<void>((resolve) => (closed = resolve));
  const watching: Answer = (response) => {
    response.on('close', closed);
    answer(response);
    asked();
  };
  return { watching, whenAsked, whenClosed };
}

describe('the deadline', () => {
  it('is told to the server, less what earlier attempts and pauses took', async () => {
    server.script(overloaded, overloaded, answered);
    await client({ clock: new TestClock() }).translate(hello, { deadlineMs: 5_000 });
    const told = server.requests.map(({ headers }) => headers['x-deadline-ms']);
    expect(told).toEqual(['5000', '4875', '4625']);
  });

  it('may be longer than a timer can be', async () => {
    server.script(answered);
    await client({ clock: new TestClock() }).translate(hello, { deadlineMs: 2 ** 40 });
    expect(server.requests[0]?.headers['x-deadline-ms']).toBe(String(2 ** 40));
  });

  it('ends a call at once when the server asks to wait longer than it leaves', async () => {
    const clock = new TestClock();
    server.script(problem(429, { code: 'rate.limited', retryable: true }, { 'retry-after': '60' }));
    const call = client({ clock }).translate(hello, { deadlineMs: 5_000 });
    await expect(call).rejects.toMatchObject({ code: 'rate.limited', retryAfterS: 60 });
    expect(clock.pausesMs).toEqual([]);
  });

  it.each([
    ['never answers', silence],
    ['never ends its answer', endless],
  ])('ends a call to a server that %s, and lets go of the connection', async (_, answer) => {
    const { watching, whenClosed } = watched(answer);
    server.script(watching);
    const call = client({ deadlineMs: 50 }).translate(hello);
    await expect(call).rejects.toMatchObject({ code: 'timeout', status: undefined, retryable: true });
    await whenClosed;
    expect(server.requests).toHaveLength(1);
  });

  it.each([0, -1, Number.NaN, Infinity])('cannot be %d', async (deadlineMs) => {
    await expect(client().translate(hello, { deadlineMs })).rejects.toThrow(RangeError);
  });
});

describe('an aborted call', () => {
  it('is not begun when its signal has aborted already', async () => {
    server.script(answered);
    const reason = new Error('not wanted');
    await expect(client().models({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  it('rejects with the reason, lets go of the connection and is not tried again', async () => {
    const { watching, whenAsked, whenClosed } = watched(silence);
    server.script(watching, answered);
    const controller = new AbortController();
    const call = client().translate(hello, { signal: controller.signal });
    await whenAsked;
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    await whenClosed;
    expect(server.requests).toHaveLength(1);
  });

  it('is not tried again when that happens in a pause', async () => {
    server.script(overloaded, answered);
    const controller = new AbortController();
    const clock = new TestClock();
    clock.onPause = () => controller.abort();
    const call = client({ clock }).translate(hello, { signal: controller.signal });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(1);
  });

  it('does not wait for the pause to end', async () => {
    const { watching, whenClosed } = watched(
      problem(503, { code: 'overloaded', retryable: true, retryAfterS: 50 }),
    );
    server.script(watching);
    const controller = new AbortController();
    const call = client().translate(hello, { signal: controller.signal });
    await whenClosed;
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a server that is not there', () => {
  it('is network.failed, with what the runtime knows', async () => {
    const gone = createServer();
    await once(gone.listen(0, '127.0.0.1'), 'listening');
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const clock = new TestClock();
    const call = client({ clock, baseUrl: `http://127.0.0.1:${port}` }).models();
    await expect(call).rejects.toMatchObject({
      code: 'network.failed',
      message: expect.stringContaining('ECONNREFUSED'),
      cause: expect.anything(),
    });
    expect(clock.pausesMs).toHaveLength(3);
  });
});
