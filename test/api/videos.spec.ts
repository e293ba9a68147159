import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as openRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { z } from 'zod';
import { jobList, keyRequest, maxVideoBytes, videoFrameView } from '#contracts';
import { systemOperator } from '#core';
import { makeCatVideo, makeCutVideo } from '#testing';
import { limitedKey } from '../../libs/testing/limited-key.js';
import { startLocalGateway } from './local-gateway.js';
import { usedBefore } from './local-ports.js';

const submitted = z.object({ id: z.string() });
const view = z.looseObject({ status: z.string() });

/** The queue here answers with one cat in every frame. */
describe('videos', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  let folder: string;
  let cat: Uint8Array;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'video-'));
    [gateway, cat] = await Promise.all([startLocalGateway(), makeCatVideo(join(folder, 'cat.mp4'))]);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  const get = (path: string, key = gateway.key) =>
    request(gateway.target.url).get(path).set('authorization', `Bearer ${key}`);
  const post = (query = '', key = gateway.key, contentType = 'video/mp4') =>
    request(gateway.target.url)
      .post(`/v1/videos${query}`)
      .set({ authorization: `Bearer ${key}`, 'content-type': contentType });
  const submit = async (query = '') => {
    const reply = await post(query).send(Buffer.from(cat)).expect(202);
    return submitted.parse(reply.body).id;
  };
  const ended = async (id: string) => {
    for (;;) {
      const reply = await get(`/v1/videos/${id}`).expect(200);
      const { status } = view.parse(reply.body);
      if (status !== 'queued' && status !== 'running') return view.parse(reply.body);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const jobs = async (key = gateway.key) => {
    const reply = await get('/v1/jobs?limit=1000', key).expect(200);
    return jobList.parse(reply.body).jobs.map(({ id }) => id);
  };

  it('are jobs whose inputs are their frames: tracks, counts, lines and a sheet, over REST and GraphQL', async () => {
    const id = await submit('?framesPerSecond=2');
    const video = await ended(id);
    const tracks = [{ id: 1, label: 'cat', score: 0.6, enterS: 0, leaveS: 9.52, frames: 20 }];
    const found = {
      id,
      status: 'succeeded',
      width: 640,
      height: 360,
      lastFrameS: 9.52,
      lookedAt: 20,
      tracks,
    };
    const counts = [{ label: 'cat', tracks: 1, mostAtOnce: 1 }];
    expect(video).toMatchObject({ ...found, counts, progress: { total: 20, succeeded: 20, failed: 0 } });
    expect(video).not.toHaveProperty('task');
    const query = `{ video(id: "${id}") { id status width height lastFrameS lookedAt
      tracks { id label score enterS leaveS frames } counts { label tracks mostAtOnce } } }`;
    const reply = await request(gateway.target.url)
      .post('/graphql')
      .set('authorization', `Bearer ${gateway.key}`)
      .send({ query });
    expect(reply.body).toEqual({ data: { video: { ...found, counts } } });
    const lines = await get(`/v1/videos/${id}/frames`)
      .expect(200)
      .expect('content-type', /x-ndjson/);
    const frames = lines.text
      .trimEnd()
      .split('\n')
      .map((line) => videoFrameView.parse(JSON.parse(line)));
    expect(frames).toHaveLength(20);
    expect(frames[1]).toMatchObject({ index: 1, timeS: 0.52, objects: [{ track: 1, label: 'cat' }] });
    await get(`/v1/videos/${id}/contact-sheet`).expect(200).expect('content-type', 'image/jpeg');
    const job = await get(`/v1/jobs/${id}`).expect(200);
    expect(job.body).toMatchObject({ task: 'detect-objects', status: 'succeeded' });
  });

  it('end what they track where the camera cuts to something else', async () => {
    const cut = await makeCutVideo(join(folder, 'cut.mp4'));
    const reply = await post('?framesPerSecond=2').send(Buffer.from(cut)).expect(202);
    expect(await ended(submitted.parse(reply.body).id)).toMatchObject({
      tracks: [
        { id: 1, label: 'cat', enterS: 0, leaveS: 1.52 },
        { id: 2, label: 'cat', enterS: 2 },
      ],
      counts: [{ label: 'cat', tracks: 2, mostAtOnce: 1 }],
    });
  });

  it('ask for faint things too, and for the labels and the model that are wanted', async () => {
    const before = gateway.queue.submitted.length;
    await ended(await submit('?framesPerSecond=0.1&minScore=0.5&labels=cat,%20dog&model=nanodet-g'));
    expect(gateway.queue.submitted.slice(before)).toMatchObject([
      {
        models: ['nanodet-g'],
        items: [{ minScore: 0.25, labels: ['cat', 'dog'], classAgnostic: true }],
      },
    ]);
  });

  it('are submitted once under one Idempotency-Key, by file and question', async () => {
    const once = (query: string, file = cat) =>
      post(query).set('idempotency-key', 'video').send(Buffer.from(file));
    const first = await once('?framesPerSecond=1').expect(202);
    const again = await once('?framesPerSecond=1').expect(202);
    expect(again.body).toEqual(first.body);
    expect((await once('?framesPerSecond=2').expect(422)).body).toMatchObject({
      code: 'idempotency.mismatch',
    });
    const other = await makeCatVideo(join(folder, 'other.mp4'), '-crf', '40');
    expect((await once('?framesPerSecond=1', other).expect(422)).body).toMatchObject({
      code: 'idempotency.mismatch',
    });
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, number, string]>([
    [
      'a photo',
      () => readFile(join(import.meta.dirname, '../assets/cat.jpg')),
      415,
      'video.unsupported_format',
    ],
    ['nothing', () => new Uint8Array(0), 415, 'video.unsupported_format'],
    [
      'a playlist',
      () => Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n'),
      415,
      'video.unsupported_format',
    ],
    ['a file that was cut', () => cat.subarray(0, cat.byteLength / 2), 422, 'video.truncated'],
    ['a file that is cut after good frames', () => cutLate(), 422, 'video.truncated'],
  ])('refuse %s by name, and leave no job behind', async (_, file, status, code) => {
    const before = await jobs();
    const reply = await post().send(Buffer.from(await file()));
    expect([reply.status, reply.body]).toMatchObject([status, { code }]);
    expect(await jobs()).toEqual(before);
  });

  it.each([
    ['another media type', '', 'text/plain', 415, { code: 'request.unsupported_media_type' }],
    ['JSON', '', 'application/json', 415, { code: 'request.unsupported_media_type' }],
    ['an unknown field', '?fps=5', 'video/mp4', 422, { issues: [{ path: 'fps' }] }],
    [
      'too many frames a second',
      '?framesPerSecond=31',
      'video/mp4',
      422,
      { issues: [{ path: 'framesPerSecond' }] },
    ],
    ['no number', '?framesPerSecond=fast', 'video/mp4', 422, { issues: [{ path: 'framesPerSecond' }] }],
    [
      'an internal webhook',
      '?webhook=https://10.0.0.1/',
      'video/mp4',
      422,
      { issues: [{ path: 'webhook' }] },
    ],
  ])('refuse %s', async (_, query, contentType, status, body) => {
    const reply = await post(query, gateway.key, contentType).send(Buffer.from(cat));
    expect([reply.status, reply.body]).toMatchObject([status, body]);
  });

  it('refuse a request without a body', async () => {
    const reply = await fetch(`${gateway.target.url}/v1/videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}` },
    });
    expect([reply.status, await reply.json()]).toMatchObject([422, { code: 'request.invalid' }]);
  });

  it('take a file of an unknown type, and no other endpoint takes one', async () => {
    await post('?framesPerSecond=0.1', gateway.key, 'application/octet-stream')
      .send(Buffer.from(cat))
      .expect(202);
    const client = request(gateway.target.url)
      .post('/v1/embed')
      .set('authorization', `Bearer ${gateway.key}`);
    await client.set('content-type', 'video/mp4').send(Buffer.from(cat)).expect(415);
  });

  it.each([
    ['says that it is', { 'content-length': String(maxVideoBytes + 1) }],
    ['turns out to be', { 'transfer-encoding': 'chunked' }],
  ])('refuse a file that %s too large', async (_, headers) => {
    const sent = openRequest(`${gateway.target.url}/v1/videos`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'video/mp4', ...headers },
    });
    // The refusal may come in the middle of what is sent.
    sent.on('error', () => undefined);
    const answered = once(sent, 'response');
    const piece = new Uint8Array(1_048_576);
    const write = (left: number) => {
      if (left > 0) sent.write(piece, () => write(left - 1));
      else sent.end();
    };
    write(maxVideoBytes / piece.byteLength + 1);
    const [response] = z.tuple([z.custom<IncomingMessage>()]).parse(await answered);
    expect([response.statusCode, JSON.parse(await text(response))]).toMatchObject([
      413,
      { code: 'request.too_large', limit: { name: 'video', value: maxVideoBytes, unit: 'bytes' } },
    ]);
    sent.destroy();
  });

  it('need the scopes of jobs and of the task, and a quota for every frame', async () => {
    const keyOf = async (scopes: string[]) =>
      (
        await gateway.administration.keys.create(
          systemOperator,
          keyRequest.parse({ tenantId: gateway.tenantId, scopes }),
        )
      ).text;
    const refusal = async (scopes: string[]) => {
      const reply = await post('', await keyOf(scopes)).send(Buffer.from(cat));
      return { status: reply.status, text: reply.text };
    };
    expect(await refusal(['detect-objects'])).toMatchObject({
      status: 403,
      text: expect.stringContaining('jobs:write'),
    });
    expect(await refusal(['jobs:write'])).toMatchObject({
      status: 403,
      text: expect.stringContaining('detect-objects'),
    });
    const poor = await limitedKey(gateway.database, { monthlyUnits: { 'detect-objects': usedBefore + 19 } });
    const reply = await post('?framesPerSecond=2', poor).send(Buffer.from(cat)).expect(402);
    expect(reply.body).toMatchObject({ code: 'quota.exceeded', limit: { name: 'quota.detect-objects' } });
    expect(await jobs(poor)).toEqual([]);
    await post('?framesPerSecond=1', poor).send(Buffer.from(cat)).expect(202);
  });

  it('are missing where the job is none of a video', async () => {
    const reply = await request(gateway.target.url)
      .post('/v1/jobs')
      .set('authorization', `Bearer ${gateway.key}`)
      .send({ task: 'embed', inputs: [{ text: 'a' }] });
    const { id } = submitted.parse(reply.body);
    for (const part of ['', '/frames', '/contact-sheet'])
      expect((await get(`/v1/videos/${id}${part}`).expect(404)).body).toMatchObject({
        code: 'resource.not_found',
      });
  });

  /** With its index first, so that frames come before the end does. */
  async function cutLate(): Promise<Uint8Array> {
    const whole = await makeCatVideo(join(folder, 'fast.mp4'), '-movflags', '+faststart');
    return whole.subarray(0, Math.floor(whole.byteLength * 0.9));
  }
});
