import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { jobResults, jobView } from '#contracts';
import { ServerProcess } from '#testing';
import { usedCharacters } from './translate-client.js';

const total = 2_000;
const endMs = 90_000;

/** Texts of different lengths: an input counted twice or not at all changes the sum. */
const texts = Array.from({ length: total }, (_, i) => `Platform ${i} is ${'very '.repeat(i % 4)}quiet.`);

describe('kill -9 of the server in the middle of a job', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.start();
  }, 60_000);
  afterAll(() => server.stop());

  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(30_000);
    const reply = await fetch(server.url + path, { ...init, headers, signal });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  };
  const view = async (id: string) => jobView.parse(await ask(`/v1/jobs/${id}`));
  const until = async (id: string, reached: (job: z.infer<typeof jobView>) => boolean) => {
    for (const end = Date.now() + endMs; Date.now() < end;) {
      const job = await view(id);
      if (reached(job)) return job;
      await sleep(50);
    }
    throw new Error('the job did not get there in time');
  };

  it('loses no input, answers none twice, and bills each once: the next start goes on', async () => {
    const body = JSON.stringify({ task: 'embed', inputs: texts.map((text) => ({ text })) });
    const { id } = z.object({ id: z.string() }).parse(await ask('/v1/jobs', { method: 'POST', body }));
    const before = await until(id, ({ progress }) => progress.succeeded >= total / 10);
    await server.end('SIGKILL');
    expect(before.status).toBe('running');
    server = await ServerProcess.start({}, server.home);
    const resumed = await view(id);
    expect(resumed.progress.succeeded).toBeLessThan(total);
    const job = await until(id, ({ status }) => status !== 'running' && status !== 'queued');
    expect(job).toMatchObject({ status: 'succeeded', progress: { total, succeeded: total, failed: 0 } });

    const indices: number[] = [];
    for (let path: string | undefined = `/v1/jobs/${id}/results?limit=500`; path !== undefined;) {
      const page: z.infer<typeof jobResults> = jobResults.parse(await ask(path));
      indices.push(...page.results.map(({ index }) => index));
      const { nextCursor } = page;
      path = nextCursor === undefined ? undefined : `/v1/jobs/${id}/results?limit=500&cursor=${nextCursor}`;
    }
    expect(indices).toEqual(texts.map((_, index) => index));
    expect(await usedCharacters(server)).toBe(texts.reduce((sum, { length }) => sum + length, 0));
  }, 180_000);
});
