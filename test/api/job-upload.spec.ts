import { once } from 'node:events';
import { request as openRequest, type ClientRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { jobResults, jobView } from '#contracts';
import { authorization } from './api-target.js';
import { startLocalGateway } from './local-gateway.js';

const requestTimeoutMs = 300;
const submitted = z.object({ id: z.string(), status: z.literal('queued'), requestId: z.string() });
const lines = (count: number) =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ text: `text ${i}` })}\n`);

describe('an upload of JSON lines', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  beforeAll(async () => {
    gateway = await startLocalGateway({ requestTimeoutMs });
  }, 30_000);
  afterAll(() => gateway.stop());

  const open = (query: string, headers: Record<string, string> = {}): ClientRequest =>
    openRequest(`${gateway.target.url}/v1/jobs?${query}`, {
      method: 'POST',
      headers: {
        ...authorization(gateway.target, 'good'),
        'content-type': 'application/x-ndjson',
        ...headers,
      },
    });
  const replyOf = async (sent: ClientRequest) => {
    const [response] = z
      .tuple([z.custom<NodeJS.ReadableStream & { statusCode: number }>()])
      .parse(await once(sent, 'response'));
    return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown };
  };
  const upload = (
    query: string,
    parts: readonly (string | Buffer)[],
    headers: Record<string, string> = {},
  ) => {
    const sent = open(query, headers);
    const reply = replyOf(sent);
    for (const part of parts) sent.write(part);
    sent.end();
    return reply;
  };
  const get = async (path: string): Promise<unknown> => {
    const client = request(gateway.target.url).get(path);
    const reply = await client.set(authorization(gateway.target, 'good')).expect(200);
    return reply.body;
  };
  const ids = async () =>
    z
      .object({ jobs: z.array(jobView) })
      .parse(await get('/v1/jobs?limit=1000'))
      .jobs.map(({ id }) => id);

  it('becomes a job with an input for each line, in their order', async () => {
    const { status, body } = await upload('task=embed', [...lines(1_500), '\r\n', '{"text":"last"}']);
    expect(status).toBe(202);
    const { id } = submitted.parse(body);
    for (;;) {
      const job = jobView.parse(await get(`/v1/jobs/${id}`));
      expect(job.progress.total).toBe(1_501);
      if (job.status === 'succeeded') break;
      await sleep(20);
    }
    const { results } = jobResults.parse(await get(`/v1/jobs/${id}/results?limit=1000`));
    expect(results.map(({ index }) => index)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  }, 30_000);

  it('may take longer than other bodies', async () => {
    const sent = open('task=embed');
    const reply = replyOf(sent);
    for (const line of lines(4)) {
      sent.write(line);
      await sleep(requestTimeoutMs / 2);
    }
    sent.end();
    expect(await reply).toMatchObject({ status: 202 });
  });

  it.each([
    ['a line that is not JSON', ['{"text":"a"}\n', 'oops\n'], 'line 2'],
    ['a line that its task refuses', ['{"text":"a"}\n\n', '{"text":5}\n'], 'line 3: text'],
    ['a field that the task does not know', ['{"text":"a","speed":1}\n'], 'line 1: speed'],
    ['several items in one line', ['{"text":["a","b"]}\n'], 'line 1'],
  ])('is refused as a whole for %s, by its number', async (_, parts, path) => {
    const before = await ids();
    const { status, body } = await upload('task=embed', parts);
    expect({ status, body }).toMatchObject({
      status: 422,
      body: { code: 'request.invalid', issues: [{ path }] },
    });
    expect(await ids()).toEqual(before);
  });

  it('hears of several wrong lines at once', async () => {
    const { body } = await upload('task=embed', [...lines(600), 'a\n', ...lines(3), 'b\n']);
    expect(body).toMatchObject({ issues: [{ path: 'line 601' }, { path: 'line 605' }] });
  });

  it.each([
    ['no task', '', 422, 'request.invalid'],
    ['an unknown task', 'task=sing', 422, 'request.invalid'],
    ['an unknown parameter', 'task=embed&lane=interactive', 422, 'request.invalid'],
    ['an internal webhook', 'task=embed&webhook=https%3A%2F%2F10.0.0.1', 422, 'request.invalid'],
  ])('is refused with %s', async (_, query, status, code) => {
    expect(await upload(query, lines(1))).toMatchObject({ status, body: { code } });
  });

  it('is refused when it is empty, not UTF-8, or declared too large', async () => {
    expect(await upload('task=embed', ['\n\n'])).toMatchObject({ status: 422 });
    expect(await upload('task=embed', [Buffer.of(0xff, 0x0a)])).toMatchObject({
      status: 400,
      body: { code: 'request.malformed', detail: 'Line 1 is not valid UTF-8' },
    });
    const sent = open('task=embed', { 'content-length': String(200 * 1024 * 1024) });
    const reply = replyOf(sent);
    sent.flushHeaders();
    expect(await reply).toMatchObject({ status: 413, body: { limit: { name: 'job.upload' } } });
    sent.on('error', () => undefined).destroy();
  });

  it('is refused for one line that is too long, while it is still on its way', async () => {
    const sent = open('task=embed');
    const reply = replyOf(sent);
    sent.write('{"text":"a"}\n{"text":"');
    for (let i = 0; i < 40; i++) sent.write('x'.repeat(64 * 1024));
    sent.end('"}\n');
    expect(await reply).toMatchObject({
      status: 413,
      body: { detail: 'Line 2 is too long', limit: { name: 'job.line' } },
    });
  });

  it('leaves nothing behind when it breaks off, and can be sent again under its key', async () => {
    const before = await ids();
    const headers = { 'idempotency-key': 'broken-upload' };
    const sent = open('task=embed', headers);
    sent.on('error', () => undefined);
    for (const line of lines(1_200)) sent.write(line);
    await sleep(100);
    sent.destroy();
    let again = await upload('task=embed', lines(3), headers);
    while (again.status === 409) again = await upload('task=embed', lines(3), headers);
    expect(again.status).toBe(202);
    const { id } = submitted.parse(again.body);
    expect(await get(`/v1/jobs/${id}`)).toMatchObject({ progress: { total: 3 } });
    expect((await ids()).filter((each) => !before.includes(each))).toEqual([id]);
  });

  it('is one job under one Idempotency-Key, and another body is a mismatch', async () => {
    const headers = { 'idempotency-key': 'upload-once' };
    const first = await upload('task=embed', lines(3), headers);
    expect(first.status).toBe(202);
    expect(await upload('task=embed', lines(3), headers)).toEqual(first);
    expect(await upload('task=embed', lines(4), headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency.mismatch' },
    });
  });

  it.each(['application/jsonl', 'application/ndjson; charset=utf-8'])('is taken as %s, too', async (type) => {
    expect(await upload('task=embed', lines(2), { 'content-type': type })).toMatchObject({ status: 202 });
  });

  it('is no form: one is told what to send instead', async () => {
    const form = request(gateway.target.url)
      .post('/v1/jobs?task=embed')
      .set(authorization(gateway.target, 'good'))
      .attach('file', Buffer.from('{"text":"a"}\n'), 'inputs.jsonl');
    const reply = await form.expect(415);
    expect(reply.body).toMatchObject({ detail: expect.stringContaining('application/x-ndjson') });
  });

  it.each([
    ['what curl sends', 'application/x-www-form-urlencoded'],
    ['plain text', 'text/plain'],
    ['bytes', 'application/octet-stream'],
  ])('is not %s: one is told what to send instead', async (_, type) => {
    expect(await upload('task=embed', lines(1), { 'content-type': type })).toMatchObject({
      status: 415,
      body: {
        code: 'request.unsupported_media_type',
        detail: 'Send application/json, or application/x-ndjson with one input a line',
      },
    });
  });

  it('is not taken elsewhere, and a JSON body keeps its parameters to itself', async () => {
    const client = request(gateway.target.url);
    const good = authorization(gateway.target, 'good');
    const elsewhere = client.post('/v1/embed').set({ ...good, 'content-type': 'application/x-ndjson' });
    await elsewhere.send('{"text":"a"}\n').expect(415);
    const body = { task: 'embed', inputs: [{ text: 'a' }] };
    await client.post('/v1/jobs?task=translate').set(good).send(body).expect(422);
  });
});
