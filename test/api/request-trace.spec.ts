import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emptyResource } from '@opentelemetry/resources';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import { z } from 'zod';
import { Tracing } from '#telemetry';
import { startLocalGateway } from './local-gateway.js';

const traceId = 'a'.repeat(32);
const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
const tracestate = 'vendor=1';
const line = z.object({ msg: z.string(), trace_id: z.string().optional(), span_id: z.string().optional() });

describe('the trace context of a request', () => {
  let gateway: Awaited<ReturnType<typeof startLocalGateway>>;
  const exporter = new InMemorySpanExporter();
  afterEach(() => gateway.stop());

  const translate = () =>
    fetch(`${gateway.target.url}/v1/translate`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.target.key}`,
        'content-type': 'application/json',
        traceparent,
        tracestate,
      },
      body: JSON.stringify({ text: 'Good day.', target: 'pt' }),
    });

  describe('where the gateway traces', () => {
    beforeEach(async () => {
      const processor = new SimpleSpanProcessor({ exporter });
      const sink = { processor, sampler: new AlwaysOnSampler(), resource: emptyResource() };
      gateway = await startLocalGateway({ traces: new Tracing(sink) });
    });

    it('reaches the job as the server span, stands in the log line, and leaves the reply as it was', async () => {
      const response = await translate();
      expect(response.headers.get('x-request-id')).toMatch(/^req_/);
      expect(response.headers.get('traceparent')).toBeNull();
      const [job] = gateway.queue.submitted;
      const spanId = job?.traceparent?.split('-')[2];
      expect(job).toMatchObject({ traceparent: `00-${traceId}-${spanId ?? ''}-01`, tracestate });
      expect(spanId).not.toBe('b'.repeat(16));
      const lines = gateway.lines.map((text) => line.parse(JSON.parse(text)));
      expect(lines.filter(({ msg }) => msg === 'request')).toMatchObject([
        { trace_id: traceId, span_id: spanId },
      ]);
    });
  });

  describe('where the gateway does not trace', () => {
    beforeEach(async () => {
      gateway = await startLocalGateway();
    });

    it('is handed on to the job as it came, for a worker that does', async () => {
      await translate();
      expect(gateway.queue.submitted[0]).toMatchObject({ traceparent, tracestate });
    });
  });
});
