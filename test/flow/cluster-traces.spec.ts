import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { OtlpReceiver } from '#testing';

const description = z.object({ url: z.string(), apiKey: z.string() });
const startTimeoutMs = 120_000;
const pollMs = 200;
const route = 'POST /v1/translate';
const clientSpan = 'c'.repeat(16);

describe('traces of a cluster', () => {
  let receiver: OtlpReceiver;
  let home: string;
  let cluster: ChildProcess;
  let at: z.infer<typeof description>;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    home = await mkdtemp(join(tmpdir(), 'inferway-cluster-'));
    const main = join('dist', 'apps', 'inferway', 'src', 'main.js');
    const settings = { INFERWAY_HOME: home, PORT: '0', NODE_OPTIONS: '', ...receiver.settings };
    cluster = spawn(process.execPath, [main, 'cluster', '--workers', '1'], {
      env: { ...process.env, ...settings },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    at = await readDescription();
  }, startTimeoutMs + 10_000);
  afterAll(async () => {
    const ended = once(cluster, 'exit');
    cluster.kill('SIGTERM');
    await ended;
    await rm(home, { recursive: true, force: true });
    await receiver.stop();
  }, 60_000);

  async function readDescription(): Promise<z.infer<typeof description>> {
    const endsAt = performance.now() + startTimeoutMs;
    while (performance.now() < endsAt && cluster.exitCode === null) {
      const text = await readFile(join(home, 'cluster.json'), 'utf8').catch(() => '');
      if (text !== '') return description.parse(JSON.parse(text));
      await sleep(pollMs);
    }
    throw new Error('the cluster did not become ready');
  }

  it('go on from the gateway to the worker through Redis', async () => {
    const traceId = '7'.repeat(32);
    const response = await fetch(`${at.url}/v1/translate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${at.apiKey}`,
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${clientSpan}-01`,
      },
      body: JSON.stringify({ text: 'The train is late.', source: 'en', target: 'pt' }),
    });
    expect(response.status).toBe(200);
    await receiver.until('the gateway', () => receiver.named(route).length === 1);
    await receiver.until('the worker', () => receiver.named('engine run').length === 1);

    const [server] = receiver.named(route);
    const [queue] = receiver.named('queue');
    const [job] = receiver.named('process job');
    const [batch] = receiver.named('batch');
    if (server === undefined || queue === undefined || job === undefined || batch === undefined)
      throw new Error('a span is missing');
    expect([server, queue, job].map((span) => span.traceId)).toEqual([traceId, traceId, traceId]);
    expect([queue, job].map((span) => span.parentSpanId)).toEqual([server.spanId, server.spanId]);
    expect(batch.links).toMatchObject([{ traceId, spanId: job.spanId }]);
    expect(job.links).toMatchObject([{ traceId: batch.traceId, spanId: batch.spanId }]);
    expect([server, job].map((span) => receiver.serviceOf(span))).toEqual([
      'inferway-gateway',
      'inferway-worker',
    ]);
  }, 60_000);
});
