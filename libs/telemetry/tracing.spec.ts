import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace';
import { spanAttributes, spanCatalogue, Tracing, type TracedRequest } from './index.js';
import { SpanCalendar } from './span-calendar.js';

const traceId = 'a'.repeat(32);
const spanId = 'b'.repeat(16);
const sampled = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: 'vendor=1' };
const unsampled = { traceparent: `00-${traceId}-${spanId}-00` };
const request = (headers: Record<string, string> = {}): TracedRequest => ({
  method: 'POST',
  route: '/v1/translate',
  path: '/v1/translate',
  requestId: 'req_1',
  headers,
});
const job = (carrier: object) => ({
  requestId: 'req_1',
  task: 'translate',
  items: ['a', 'b'],
  submittedAt: Date.now() - 50,
  ...carrier,
});
const summary = { model: 'm@1', batchMs: 1, encodeMs: 2, inferenceMs: 3, decodeMs: 4, errors: [] };
const opening = { model: 'm@1', enginePid: 7, sentAt: Date.now() - 20 };
const run = { rows: 2, length: 8, paddingRatio: 0, predictedMs: 5, ms: 6, startedAt: Date.now() - 10 };

const sinkOf = (exporter: InMemorySpanExporter) => ({
  processor: new SimpleSpanProcessor({ exporter }),
  sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  resource: emptyResource(),
});

describe('Tracing', () => {
  let exporter: InMemorySpanExporter;
  let traces: Tracing;
  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    traces = new Tracing(sinkOf(exporter));
  });
  afterEach(() => traces.close());

  const finished = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);

  it('goes on with the trace of the caller, through the envelope alone', () => {
    const server = traces.request(request(sampled));
    traces.job(job({ ...server?.carrier }))?.answered(summary);
    server?.end(200);
    const [parent] = finished('POST /v1/translate');
    expect(parent?.parentSpanContext).toMatchObject({ traceId, spanId });
    expect(server?.logFields).toEqual({ trace_id: traceId, span_id: parent?.spanContext().spanId });
    for (const name of [spanCatalogue.job, spanCatalogue.queue]) {
      const [child] = finished(name);
      expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
      expect(child?.spanContext().traceState?.serialize()).toBe('vendor=1');
    }
  });

  it.each([
    ['without a context', {}],
    ['with one that is not valid', { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` }],
  ])('begins a trace of its own for a caller %s', (_, headers) => {
    traces.request(request(headers))?.end(200);
    const [span] = finished('POST /v1/translate');
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.spanContext().traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  it('records nothing for a caller who asks for no trace, and tells the worker so', () => {
    const server = traces.request(request(unsampled));
    server?.end(200);
    expect(server?.carrier.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    expect(traces.job(job({ ...server?.carrier }))).toBeUndefined();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('links a batch with its jobs both ways: a link for each row here, one for each batch there', () => {
    const span = traces.job(job(sampled));
    const batch = traces.batch(opening);
    if (span === undefined || batch === undefined) throw new Error('not traced');
    for (let row = 0; row < 2; row++) {
      batch.linkTo(span.reference);
      span.linkTo(batch.reference);
    }
    batch.answered(run);
    span.answered(summary);
    const [recordedBatch] = finished(spanCatalogue.batch);
    const [recordedJob] = finished(spanCatalogue.job);
    expect(recordedBatch?.links.map(({ context }) => context.spanId)).toEqual([
      span.reference.spanId,
      span.reference.spanId,
    ]);
    expect(recordedJob?.links.map(({ context }) => context.spanId)).toEqual([batch.reference.spanId]);
    expect(recordedBatch?.parentSpanContext).toBeUndefined();
    const [engineRun] = finished(spanCatalogue.engineRun);
    expect(engineRun?.parentSpanContext?.spanId).toBe(batch.reference.spanId);
  });

  it('marks what we got wrong as an error, and what a caller got wrong not', () => {
    traces.request(request())?.end(503);
    traces.request(request())?.end(422);
    expect(finished('POST /v1/translate').map(({ status }) => status.code)).toEqual([
      SpanStatusCode.ERROR,
      SpanStatusCode.UNSET,
    ]);
    traces.job(job(sampled))?.answered({ ...summary, errors: ['text.too_long', 'text.too_long'] });
    traces.job(job(sampled))?.answered({ ...summary, errors: ['engine.unavailable'] });
    traces.job(job(sampled))?.failed('internal');
    traces.batch(opening)?.failed('engine.unavailable');
    const [theirs, ...ours] = [...finished(spanCatalogue.job), ...finished(spanCatalogue.batch)];
    expect(theirs?.status.code).toBe(SpanStatusCode.UNSET);
    expect(theirs?.attributes[spanAttributes.itemErrors]).toEqual(['text.too_long']);
    expect(ours.map(({ status, attributes }) => [status.code, attributes['error.type']])).toEqual([
      [SpanStatusCode.ERROR, 'engine.unavailable'],
      [SpanStatusCode.ERROR, 'internal'],
      [SpanStatusCode.ERROR, 'engine.unavailable'],
    ]);
  });

  it('begins spans by the calendar, also after a night in which what measures stood still, and ends them by what was measured', () => {
    const start = Date.parse('2026-11-28T22:00:00Z');
    const asleepMs = 28_800_000;
    let [measuredMs, calendarMs] = [start, start];
    const calendar = new SpanCalendar({ now: () => measuredMs }, { now: () => calendarMs });
    traces = new Tracing(sinkOf(exporter), calendar);
    const evening = traces.request(request(sampled));
    [measuredMs, calendarMs] = [start + 500, start + asleepMs + 500];
    evening?.end(200);
    const morning = traces.job({ ...job(sampled), submittedAt: start + 400 });
    const batch = traces.batch({ ...opening, sentAt: start + 450 });
    measuredMs = start + 600;
    batch?.answered({ ...run, startedAt: start + 460 });
    morning?.answered(summary);
    const timesOf = (name: string) =>
      finished(name).map(({ startTime, endTime }) =>
        [startTime, endTime].map((time) => hrTimeToMilliseconds(time) - start),
      );
    expect(timesOf('POST /v1/translate')).toEqual([[0, 500]]);
    const slept = (from: number, until: number) => [[from + asleepMs, until + asleepMs]];
    expect(timesOf(spanCatalogue.queue)).toEqual(slept(400, 500));
    expect(timesOf(spanCatalogue.job)).toEqual(slept(500, 600));
    expect(timesOf(spanCatalogue.batch)).toEqual(slept(450, 600));
    expect(timesOf(spanCatalogue.engineRun)).toEqual(slept(460, 600));
  });

  it('records nothing at all when it is off', async () => {
    expect(Tracing.off.request(request(sampled))).toBeUndefined();
    expect(Tracing.off.job(job(sampled))).toBeUndefined();
    expect(Tracing.off.batch(opening)).toBeUndefined();
    await Tracing.off.close();
  });
});
