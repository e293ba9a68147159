import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Inferway, type InferwayOptions } from './index.js';
import {
  cutShort,
  FailingServer,
  overloaded,
  page,
  problem,
  reply,
  reset,
} from './testing/failing-server.js';
import { TestClock } from './testing/test-clock.js';

const server = new FailingServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

let clock: TestClock;
beforeEach(() => {
  clock = new TestClock();
});

const client = (options: Partial<InferwayOptions> = {}) =>
  new Inferway({ apiKey: 'k', baseUrl: server.url, clock, random: () => 0.5, ...options });
const hello = { text: 'Good morning', source: 'en', target: 'pt' };
const answered = reply({ translations: [{ text: 'Bom dia' }] });
const limited = (headers: Record<string, string>, facts = {}) =>
  problem(429, { code: 'rate.limited', title: 'Slow down', retryable: true, ...facts }, headers);
const keysSent = () => server.requests.map(({ headers }) => headers['idempotency-key']);

describe('a call that can succeed later', () => {
  it('waits the seconds of Retry-After and a random share of its own pause on top', async () => {
    server.script(limited({ 'retry-after': '2' }), answered);
    await expect(client().translate(hello)).resolves.toMatchObject({ translations: [{ text: 'Bom dia' }] });
    expect(clock.pausesMs).toEqual([2_000 + 0.5 * 250]);
  });

  it("waits until the date of Retry-After by the server's clock, whatever the time here", async () => {
    const date = (second: number) => new Date(Date.UTC(2031, 4, 5, 6, 7, second)).toUTCString();
    server.script(limited({ 'retry-after': date(13), date: date(10) }), answered);
    await client({ random: () => 0 }).translate(hello);
    expect(clock.pausesMs).toEqual([3_000]);
  });

  it('prefers the fraction of a second in the problem to the whole second of the header', async () => {
    server.script(limited({ 'retry-after': '1' }, { retryAfterS: 0.2 }), answered);
    await client({ random: () => 0 }).translate(hello);
    expect(clock.pausesMs).toEqual([200]);
  });

  it.each(['soon', '', '-1'])('ignores a Retry-After of "%s"', async (value) => {
    server.script(limited({ 'retry-after': value }), answered);
    await client().translate(hello);
    expect(clock.pausesMs).toEqual([125]);
  });

  it('doubles the bound of its random pauses up to a maximum', async () => {
    server.script(overloaded);
    const retry = { maxAttempts: 6, baseMs: 100, maxMs: 500 };
    const call = client({ retry, random: () => 0.99 }).translate(hello);
    await expect(call).rejects.toMatchObject({ code: 'overloaded', status: 503 });
    expect(clock.pausesMs).toEqual(
      [100, 200, 400, 500, 500].map((boundMs) => expect.closeTo(0.99 * boundMs)),
    );
  });

  it.each([1, 3])('is tried %d times and no more, and rejects with the last error', async (maxAttempts) => {
    server.script(...Array.from({ length: maxAttempts - 1 }, () => reset), overloaded);
    const call = client({ retry: { maxAttempts } }).translate(hello);
    await expect(call).rejects.toMatchObject({ code: 'overloaded' });
    expect(server.requests).toHaveLength(maxAttempts);
  });

  it.each([
    ['a connection that was reset', reset],
    ['a reply that was cut short', cutShort],
    ["a proxy's 502", page(502)],
  ])('is tried again after %s, under the same idempotency key', async (_, failure) => {
    server.script(failure, failure, answered);
    await client().translate(hello);
    expect(keysSent()).toHaveLength(3);
    expect(keysSent()[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keysSent()).size).toBe(1);
  });
});

describe('a call that may have been done', () => {
  it.each([
    ['network.failed', reset],
    ['network.failed', cutShort],
    ['reply.unexpected', page(502)],
  ])('is not tried again without an idempotency key: %s', async (code, failure) => {
    server.script(failure, answered);
    const call = client().translate(hello, { idempotencyKey: false });
    await expect(call).rejects.toMatchObject({ code, retryable: true });
    expect(keysSent()).toEqual([undefined]);
  });

  it('is tried again without a key where the server refused it', async () => {
    server.script(overloaded, answered);
    await client().translate(hello, { idempotencyKey: false });
    expect(server.requests).toHaveLength(2);
  });

  it('is tried again without a key where it only reads', async () => {
    server.script(reset, reply({ models: [] }));
    await client().models();
    expect(keysSent()).toEqual([undefined, undefined]);
  });
});

describe('a call that cannot succeed', () => {
  it.each([
    ['quota.exceeded', problem(402, { code: 'quota.exceeded', retryable: false })],
    ['request.invalid', problem(422, { code: 'request.invalid', retryable: false })],
    ['reply.unexpected', page(404)],
    ['reply.unexpected', page(302, { location: '/elsewhere' })],
    ['reply.unexpected', page(200)],
  ])('is tried once: %s', async (code, failure) => {
    server.script(failure, answered);
    await expect(client().translate(hello)).rejects.toMatchObject({ code, retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  it('follows the flag of a problem whose code is newer than this SDK', async () => {
    const problems = [true, false].map((retryable) => problem(400, { code: 'moon.full', retryable }));
    server.script(...problems);
    const call = client().translate(hello);
    await expect(call).rejects.toMatchObject({ code: 'reply.unexpected', message: /moon\.full/ });
    expect(server.requests).toHaveLength(2);
  });
});

describe('the idempotency key', () => {
  it('differs from call to call', async () => {
    server.script(answered);
    await Promise.all([client().translate(hello), client().translate(hello)]);
    expect(new Set(keysSent()).size).toBe(2);
  });

  it("is the caller's where one is given", async () => {
    server.script(reset, answered);
    await client().translate(hello, { idempotencyKey: 'order-7' });
    expect(keysSent()).toEqual(['order-7', 'order-7']);
  });
});
