import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Telemetry } from './index.js';

const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';
const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
const request = { route: '/v1/translate', status: 200 };

describe('a scrape by who reads OpenMetrics', () => {
  let telemetry: Telemetry;
  beforeEach(() => {
    telemetry = new Telemetry();
  });
  afterEach(() => telemetry.close());

  const lines = async () => (await telemetry.scrape(accept)).body.split('\n');
  const bucket = async (le: string) => {
    const line = `inferway_http_request_duration_seconds_bucket{route="/v1/translate",le="${le}"} `;
    return (await lines()).find((each) => each.startsWith(line))?.slice(line.length);
  };

  it('leads from a bucket to the trace of its latest request', async () => {
    const before = Date.now() / 1_000;
    telemetry.httpRequest({ ...request, durationMs: 14, span: { ...span, traceId: '0'.repeat(31) + '1' } });
    telemetry.httpRequest({ ...request, durationMs: 12, span });
    const [count, exemplar = ''] = (await bucket('0.025'))?.split(' # ') ?? [];
    expect(count).toBe('2');
    expect(exemplar).toMatch(
      /^\{trace_id="4bf92f3577b34da6a3ce929d0e0e4736",span_id="00f067aa0ba902b7"\} 0\.012 [\d.]+$/,
    );
    expect(Number(exemplar.split(' ').at(-1))).toBeGreaterThanOrEqual(Math.floor(before));
    await expect(bucket('0.01')).resolves.toBe('0');
    await expect(bucket('0.05')).resolves.toBe('2');
  });

  it('has exemplars of what is longer than every bound, and of waits by their job', async () => {
    telemetry.httpRequest({ ...request, durationMs: 31_000, span });
    telemetry.jobTaken({ task: 'translate', waitMs: 3, span });
    await expect(bucket('+Inf')).resolves.toContain(`# {trace_id="${span.traceId}"`);
    const wait = 'inferway_queue_wait_seconds_bucket{task="translate",le="0.005"} 1 # {trace_id=';
    expect((await lines()).some((line) => line.startsWith(wait))).toBe(true);
  });

  it('names no trace that nobody keeps', async () => {
    telemetry.httpRequest({ ...request, durationMs: 12, span: { ...span, traceFlags: 0 } });
    telemetry.httpRequest({ ...request, durationMs: 12 });
    await expect(bucket('0.025')).resolves.toBe('2');
  });

  it('has families and their end as OpenMetrics wants them', async () => {
    telemetry.httpRequest({ ...request, durationMs: 12 });
    const text = await lines();
    expect(text).toContain('# TYPE inferway_http_requests counter');
    expect(text).toContain('inferway_http_requests_total{route="/v1/translate",status="200"} 1');
    expect(text.some((line) => line.startsWith('# UNIT'))).toBe(false);
    expect(text.slice(-2)).toEqual(['# EOF', '']);
  });

  it.each([
    'text/plain;version=0.0.4',
    'application/openmetrics-text;q=0,text/plain',
    'text/plain,application/openmetrics-text;q=0.5',
    'x-application/openmetrics-text',
    undefined,
  ])('is Prometheus text to everybody else: %p', async (other) => {
    telemetry.httpRequest({ ...request, durationMs: 12, span });
    const { contentType, body } = await telemetry.scrape(other);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('# TYPE inferway_http_requests_total counter');
    expect(body).not.toContain('trace_id');
  });
});
