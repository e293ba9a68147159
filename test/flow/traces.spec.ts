import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { attributeOf, OtlpReceiver, ServerProcess, type ReceivedSpan } from '#testing';

const calls = 32;
const texts = z
  .array(z.string())
  .parse(JSON.parse(readFileSync('models/golden/translate/sentences.en.json', 'utf8')))
  .slice(0, calls);
const route = 'POST /v1/translate';
const clientSpan = 'c'.repeat(16);
/** How long one export may take here; a stop that takes far less has not waited for it. */
const exportTimeoutMs = 60_000;
const stopWithinMs = 10_000;

describe('traces and metrics of a real server at an OTLP receiver', () => {
  let receiver: OtlpReceiver;
  let server: ServerProcess;
  beforeAll(async () => {
    receiver = await OtlpReceiver.start();
    server = await ServerProcess.start({
      ...receiver.settings,
      OTEL_EXPORTER_OTLP_TIMEOUT: String(exportTimeoutMs),
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await receiver.stop().catch(() => undefined);
  });
  beforeEach(() => {
    receiver.spans.length = 0;
  });

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<string> {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status}: ${text}`);
    return text;
  }
  const translate = (text: string, traceparent: string) =>
    post('/v1/translate', { text, source: 'en', target: 'pt' }, { traceparent });
  const childrenOf = (parent: ReceivedSpan | undefined, name: string) =>
    receiver.named(name).filter(({ parentSpanId }) => parentSpanId === parent?.spanId);
  const linksOf = (spans: readonly ReceivedSpan[]) => spans.flatMap(({ links }) => links);

  it('shows 32 parallel translations as 32 traces, unbroken from the client to their batches', async () => {
    const traceIds = texts.map((_, i) => `${'7'.repeat(30)}${String(i).padStart(2, '0')}`);
    await Promise.all(texts.map((text, i) => translate(text, `00-${traceIds[i] ?? ''}-${clientSpan}-01`)));
    await receiver.until('a span for each request', () => receiver.named(route).length === calls);
    await receiver.until('a link for each item', () => linksOf(receiver.named('batch')).length === calls);

    const servers = receiver.named(route);
    expect(servers.map(({ traceId }) => traceId).sort()).toEqual(traceIds);
    const batches = receiver.named('batch');
    for (const each of servers) {
      expect(each.parentSpanId).toBe(clientSpan);
      const [job, ...others] = childrenOf(each, 'process job');
      expect(others).toEqual([]);
      expect(job?.traceId).toBe(each.traceId);
      expect(childrenOf(each, 'queue')).toHaveLength(1);
      const [held, ...elsewhere] = batches.filter(({ links }) =>
        links.some(({ spanId }) => spanId === job?.spanId),
      );
      expect(elsewhere).toEqual([]);
      expect(job?.links).toMatchObject([{ traceId: held?.traceId, spanId: held?.spanId }]);
    }

    const sizes = batches.map((batch) => attributeOf(batch, 'inferway.batch.rows'));
    expect(sizes).toEqual(batches.map(({ links }) => links.length));
    expect(Math.max(...batches.map(({ links }) => links.length))).toBeGreaterThan(1);
    for (const batch of batches) {
      expect(batch.parentSpanId ?? '').toBe('');
      expect(traceIds).not.toContain(batch.traceId);
      expect(childrenOf(batch, 'engine run')).toHaveLength(1);
      expect(Number(attributeOf(batch, 'inferway.batch.observed_ms'))).toBeGreaterThan(0);
      expect(Number(attributeOf(batch, 'inferway.engine.pid'))).toBeGreaterThan(0);
    }
    expect(new Set(receiver.spans.map((span) => receiver.serviceOf(span)))).toEqual(new Set(['inferway']));
  }, 60_000);

  it('leads from the latency of a route, as OpenMetrics has it, to a request that took so long', async () => {
    const traceId = 'e'.repeat(32);
    await translate('Where is the station?', `00-${traceId}-${clientSpan}-01`);
    await receiver.until('the request', () => receiver.named(route).length === 1);
    const scrape = await fetch(`${server.url}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' },
    });
    expect(scrape.headers.get('content-type')).toContain('application/openmetrics-text; version=1.0.0');
    const [request] = receiver.named(route);
    const bucket = /^inferway_http_request_duration_seconds_bucket\{route="\/v1\/translate",.*# /;
    const exemplar = `${bucket.source}\\{trace_id="${traceId}",span_id="${request?.spanId ?? ''}"\\}`;
    expect(await scrape.text()).toMatch(new RegExp(exemplar, 'm'));
  }, 60_000);

  it('sends the metrics that can be scraped, under the same names and with the same values', async () => {
    await translate('Where is the station?', `00-${'f'.repeat(32)}-${clientSpan}-01`);
    const scraped = (await server.metrics()).split('\n');
    const answered = 'inferway_items_total{task="translate",outcome="ok"}';
    const sent = () => `${answered} ${receiver.metrics.get(answered)}`;
    await receiver.until('as many translations', () => scraped.includes(sent()));
    const typed = scraped.flatMap((line) => /^# TYPE (\w+)/.exec(line)?.[1] ?? []);
    const names = [...receiver.metrics.keys()].map((series) => series.split('{')[0]);
    expect(new Set(names)).toEqual(new Set(typed));
  }, 60_000);

  it('puts every field of a GraphQL request under its one server span', async () => {
    const field = (name: string) => `${name}: translate(text: ["Good day."], target: "pt") { model }`;
    const traceparent = `00-${'8'.repeat(32)}-${clientSpan}-01`;
    await post('/graphql', { query: `{ ${field('a')} ${field('b')} }` }, { traceparent });
    await receiver.until('the request', () => receiver.named('POST /graphql').length === 1);
    const [request] = receiver.named('POST /graphql');
    expect(request?.traceId).toBe('8'.repeat(32));
    expect(childrenOf(request, 'process job')).toHaveLength(2);
  }, 60_000);

  it('goes on with the trace of whoever submitted a job, in every piece of its work', async () => {
    const traceId = 'd'.repeat(32);
    const inputs = texts.map((text) => ({ text, source: 'en', target: 'pt' }));
    await post('/v1/jobs', { task: 'translate', inputs }, { traceparent: `00-${traceId}-${clientSpan}-01` });
    const itemsOf = (spans: readonly ReceivedSpan[]) =>
      spans.reduce((sum, span) => sum + Number(attributeOf(span, 'inferway.items')), 0);
    await receiver.until('all its work', () => itemsOf(receiver.named('process job')) === calls);
    const [request] = receiver.named('POST /v1/jobs');
    expect(request?.traceId).toBe(traceId);
    expect(itemsOf(childrenOf(request, 'process job'))).toBe(calls);
  }, 60_000);

  it('records nothing of a caller who asks for no trace, nor of probes and scrapes', async () => {
    await translate('Nobody looks.', `00-${'9'.repeat(32)}-${clientSpan}-00`);
    for (const path of ['/health/ready', '/metrics', '/nowhere']) await fetch(server.url + path);
    // Whatever those had left would be exported with this one or before it.
    await translate('Somebody looks.', `00-${'a'.repeat(32)}-${clientSpan}-01`);
    await receiver.until('the one request', () => receiver.named(route).length === 1);
    await receiver.until('its batch', () => receiver.named('batch').length === 1);
    expect(receiver.named(route).map(({ traceId }) => traceId)).toEqual(['a'.repeat(32)]);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(2);
  }, 60_000);

  it('tells of a refused request what it was answered, and of none its key or its text', async () => {
    const secret = 'The launch is on the ninth of May.';
    await translate(secret, `00-${'b'.repeat(32)}-${clientSpan}-01`);
    await expect(post('/v1/translate', { text: secret, target: 'tlh' })).rejects.toThrow('422');
    await expect(post('/v1/translate', { text: secret }, { authorization: 'Bearer x' })).rejects.toThrow(
      '401',
    );
    await receiver.until('three requests', () => receiver.named(route).length === 3);
    expect(receiver.named(route).map((span) => attributeOf(span, 'http.response.status_code'))).toEqual([
      200, 422, 401,
    ]);
    const everything = JSON.stringify(receiver.spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const word of [server.apiKey, 'launch', 'Bearer']) expect(everything).not.toContain(word);
  }, 60_000);

  it('fails no request while the receiver is down, and keeps no server from stopping', async () => {
    await receiver.stop();
    const sent = texts.map((text, i) => translate(text, `00-${'e'.repeat(30)}${10 + i}-${clientSpan}-01`));
    expect(await Promise.all(sent)).toHaveLength(calls);
    const signalledAt = performance.now();
    await server.end('SIGTERM');
    expect(performance.now() - signalledAt).toBeLessThan(stopWithinMs);
  }, 60_000);
});
