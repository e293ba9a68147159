import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { jobResults, jobView } from '#contracts';
import { listen } from '#gateway';
import { authorization } from './api-target.js';
import { composeLocalGateway, startLocalGateway } from './local-gateway.js';
import { ImmediateQueue } from './immediate-queue.js';

const endMs = 10_000;
const inputs = (count: number, word = 'text') =>
  Array.from({ length: count }, (_, i) => ({ text: `${word} ${i}`, source: 'en', target: 'pt' }));
const submitted = z.object({ id: z.string(), status: z.string(), requestId: z.string() });

describe('jobs over REST', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  beforeAll(async () => {
    gateway = await startLocalGateway();
  }, 30_000);
  afterAll(() => gateway.stop());

  type Verb = 'get' | 'post' | 'delete';
  const ask = (verb: Verb, path: string, headers: Record<string, string> = {}) => {
    const client = request(gateway.target.url);
    return client[verb](path).set({ ...authorization(gateway.target, 'good'), ...headers });
  };
  const read = async (asked: request.Test, status = 200): Promise<unknown> => {
    const reply = await asked.expect(status);
    return reply.body;
  };
  const ids = async () => {
    const list = await read(ask('get', '/v1/jobs?limit=1000'));
    return z
      .object({ jobs: z.array(jobView) })
      .parse(list)
      .jobs.map(({ id }) => id);
  };
  const submit = async (body: object, headers: Record<string, string> = {}) =>
    submitted.parse(await read(ask('post', '/v1/jobs', headers).send(body), 202));
  const ended = async (id: string) => {
    const until = Date.now() + endMs;
    while (Date.now() < until) {
      const job = jobView.parse(await read(ask('get', `/v1/jobs/${id}`)));
      if (job.status !== 'queued' && job.status !== 'running') return job;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the job did not end');
  };

  it('answers every input, in order, an input that fails by its own error', async () => {
    const mixed = [...inputs(100), { text: 'x', source: 'en', target: 'tlh' }, ...inputs(50, 'late')];
    const { id, status, requestId } = await submit({ task: 'translate', inputs: mixed });
    expect(status).toBe('queued');
    expect(requestId).toMatch(/^req_/);
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'succeeded', progress: { total: 151, succeeded: 150, failed: 1 } });
    const results: unknown[] = [];
    let path = `/v1/jobs/${id}/results?limit=60`;
    for (let pages = 0; pages < 3; pages++) {
      const page = jobResults.parse(await read(ask('get', path)));
      results.push(...page.results);
      path = `/v1/jobs/${id}/results?limit=60&cursor=${page.nextCursor ?? ''}`;
      expect(page.nextCursor === undefined).toBe(pages === 2);
    }
    expect(results).toHaveLength(151);
    expect(results[7]).toEqual({
      index: 7,
      output: { translations: [{ text: 'text 7', detectedSource: 'en' }] },
      model: 'translate-test@1',
      usage: { unit: 'characters', amount: 7 },
    });
    expect(results[100]).toMatchObject({ index: 100, error: { code: 'language.unsupported' } });
    expect(results[150]).toMatchObject({ index: 150, output: { translations: [{ text: 'late 49' }] } });
  });

  it('sends inputs through the bulk lane, under request ids that follow from job and chunk', async () => {
    const before = gateway.queue.submitted.length;
    const { id } = await submit({ task: 'embed', inputs: Array.from({ length: 40 }, () => ({ text: 'a' })) });
    await ended(id);
    const sent = gateway.queue.submitted.slice(before);
    expect(sent.map(({ requestId, lane }) => [requestId, lane]).sort()).toEqual([
      [`${id}.0`, 'bulk'],
      [`${id}.32`, 'bulk'],
    ]);
  });

  it('gives partial results of a running job, ends a page where the next result is not there yet, and is cancelled', async () => {
    const held = inputs(70);
    held[40] = { text: ImmediateQueue.holdWord, source: 'en', target: 'pt' };
    // The word is looked for in the first item of an envelope, which has 32.
    held[32] = { text: ImmediateQueue.holdWord, source: 'en', target: 'pt' };
    const { id } = await submit({ task: 'translate', inputs: held });
    const first = async () => jobResults.parse(await read(ask('get', `/v1/jobs/${id}/results`)));
    let page = await first();
    while (page.results.length < 32) page = await first();
    expect(page.results).toHaveLength(32);
    const next = await read(ask('get', `/v1/jobs/${id}/results?cursor=${page.nextCursor ?? ''}`));
    expect(next).toMatchObject({ status: 'running', results: [], nextCursor: page.nextCursor });
    const cancelled = await read(ask('delete', `/v1/jobs/${id}`));
    expect(cancelled).toMatchObject({ id, status: 'cancelled', requestId: expect.stringMatching(/^req_/) });
    gateway.queue.release();
    const again = await read(ask('delete', `/v1/jobs/${id}`));
    expect(again).toMatchObject({ status: 'cancelled' });
  });

  it("answers another tenant's job exactly as a missing one, but for the request id", async () => {
    const { id } = await submit({ task: 'translate', inputs: inputs(1) });
    const missing = id.replace(/.{4}$/, '0000');
    for (const [verb, suffix] of [
      ['get', ''],
      ['get', '/results'],
      ['delete', ''],
    ] as const) {
      const as = (path: string) => {
        const client = request(gateway.target.url);
        return client[verb](path).set({ authorization: `Bearer ${gateway.otherKey}` });
      };
      const theirs = await as(`/v1/jobs/${id}${suffix}`).expect(404);
      const none = await as(`/v1/jobs/${missing}${suffix}`).expect(404);
      const plain = (reply: request.Response) => {
        const { date, 'x-request-id': requestId, ...headers } = reply.headers as Record<string, string>;
        expect([date, requestId]).toHaveLength(2);
        return { headers, text: reply.text.replaceAll(/req_[0-9a-f]{32}/g, 'req') };
      };
      expect(plain(theirs)).toEqual(plain(none));
    }
    await ended(id);
    const theirList = request(gateway.target.url).get('/v1/jobs');
    const body = await read(theirList.set({ authorization: `Bearer ${gateway.otherKey}` }));
    expect(body).toMatchObject({ jobs: [] });
  });

  it('stores a job once under an Idempotency-Key, and refuses another body', async () => {
    const headers = { 'idempotency-key': 'job-once' };
    const body = { task: 'translate', inputs: inputs(3) };
    const first = await submit(body, headers);
    expect(await submit(body, headers)).toEqual(first);
    const other = await ask('post', '/v1/jobs', headers).send({ ...body, inputs: inputs(4) });
    expect(other.body).toMatchObject({ status: 422, code: 'idempotency.mismatch' });
    const task = await ask('post', '/v1/jobs', headers).send({ task: 'embed', inputs: [{ text: 'a' }] });
    expect(task.body).toMatchObject({ status: 422, code: 'idempotency.mismatch' });
    expect((await ids()).filter((id) => id === first.id)).toHaveLength(1);
    await ended(first.id);
  });

  it.each([
    [
      'an input its task refuses',
      { task: 'translate', inputs: [...inputs(3), { text: 1, target: 'pt' }] },
      'inputs[3].text',
    ],
    [
      'a field the task does not know',
      { task: 'embed', inputs: [{ text: 'a', speed: 2 }] },
      'inputs[0].speed',
    ],
    ['an array of items as one input', { task: 'embed', inputs: [{ text: ['a', 'b'] }] }, 'inputs[0]'],
    ['no input', { task: 'embed', inputs: [] }, 'inputs'],
    ['an input that is no object', { task: 'embed', inputs: ['a'] }, 'inputs[0]'],
    [
      'too many inputs',
      { task: 'embed', inputs: Array.from({ length: 10_001 }, () => ({ text: 'a' })) },
      'inputs',
    ],
    ['an unknown task', { task: 'sing', inputs: [{ text: 'a' }] }, 'task'],
    ['an unknown field', { task: 'embed', inputs: [{ text: 'a' }], lane: 'interactive' }, 'lane'],
  ])('refuses %s as a whole, and names the place', async (_, body, path) => {
    const before = await ids();
    const reply = await ask('post', '/v1/jobs').send(body).expect(422);
    expect(reply.body).toMatchObject({ code: 'request.invalid', issues: [{ path }] });
    expect(await ids()).toEqual(before);
  });

  it('says where `task` belongs when a JSON body has it in the query, as an upload of lines would', async () => {
    const body = { task: 'embed', inputs: [{ text: 'a' }] };
    const reply = await ask('post', '/v1/jobs?task=embed&lane=bulk&constructor=x').send(body).expect(422);
    expect(reply.body).toMatchObject({
      code: 'request.invalid',
      detail: expect.stringMatching(/^task: belongs in the JSON body; .* application\/x-ndjson/),
      issues: [
        { path: 'task' },
        { path: 'lane', message: 'is not a field of this request' },
        { path: 'constructor', message: 'is not a field of this request' },
      ],
    });
  });

  it('takes 10,000 inputs', async () => {
    const { id } = await submit({
      task: 'embed',
      inputs: Array.from({ length: 10_000 }, (_, i) => ({ text: `text ${i}` })),
    });
    const body = await read(ask('get', `/v1/jobs/${id}`));
    expect(body).toMatchObject({ progress: { total: 10_000 } });
    await ask('delete', `/v1/jobs/${id}`).expect(200);
  }, 30_000);

  it.each(['cursor=nonsense', 'limit=0', 'limit=1001', 'limit=ten', 'page=2'])(
    'refuses %s in a page query',
    async (query) => {
      await ask('get', `/v1/jobs?${query}`).expect(422);
    },
  );

  it('says which methods a path with an id has', async () => {
    const reply = await request(gateway.target.url).put('/v1/jobs/job_1').expect(405);
    expect(reply.headers['allow']).toBe('GET, HEAD, DELETE');
  });
});

describe('a gateway whose port is not open yet', () => {
  const rounds = 20;
  let gateway: Awaited<ReturnType<typeof composeLocalGateway>>;
  beforeAll(async () => {
    gateway = await composeLocalGateway();
  }, 30_000);
  afterAll(() => gateway.stop());

  it('begins no job, as its engines may be cold: those that wait begin when it listens', async () => {
    const { app, key, queue } = gateway;
    const headers = { authorization: `Bearer ${key}` };
    const payload = { task: 'embed', inputs: [{ text: 'a' }] };
    const reply = await app.inject({ method: 'POST', url: '/v1/jobs', headers, payload });
    const { id } = submitted.parse(reply.json());
    // Each asks the database that a runner would ask.
    for (let round = 0; round < rounds; round++) {
      const view = await app.inject({ url: `/v1/jobs/${id}`, headers });
      expect(view.json()).toMatchObject({ status: 'queued' });
    }
    expect(queue.submitted).toEqual([]);
    await listen(app, { host: '127.0.0.1', port: 0 });
    await queue.arrived(1);
    expect(queue.submitted.map(({ requestId }) => requestId)).toEqual([`${id}.0`]);
  });
});
