import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterProcess, OtlpReceiver } from '#testing';

const route = 'POST /v1/translate';
const clientSpan = 'c'.repeat(16);

describe('traces of a cluster', () => {
  let receiver: OtlpReceiver;
  let cluster: ClusterProcess;

  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    cluster = await ClusterProcess.start(
      { gateways: 1, workers: 1 },
      { ...receiver.settings, WORKER_MODELS: 'translate-*' },
    );
  }, 130_000);
  afterAll(async () => {
    await cluster.stop();
    await receiver.stop();
  }, 60_000);

  it('go on from the gateway to the worker through Redis', async () => {
    const traceId = '7'.repeat(32);
    const { urls, apiKey } = cluster.description;
    const response = await fetch(`${urls[0] ?? ''}/v1/translate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${clientSpan}-01`,
      },
      body: JSON.stringify({ text: 'The train is late.', source: 'en', target: 'pt' }),
    });
    expect(response.status).toBe(200);
    // Spans end, and are exported, one after the other: each is waited for by its own name.
    for (const name of [route, 'queue', 'process job', 'batch'])
      await receiver.until(name, () => receiver.named(name).length === 1);

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
