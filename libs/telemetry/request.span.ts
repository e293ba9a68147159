import { SpanStatusCode, type Span } from '@opentelemetry/api';
import type { Clock, SpanReference } from '#kernel';
import { writeCarrier, type TraceCarrier } from './trace-carrier.js';

/** What a request span knows when it begins. */
export interface TracedRequest {
  method: string;
  /** The route's pattern, which also names the span: paths that callers invent must not. */
  route: string;
  /** Without the query. */
  path: string;
  requestId: string;
  headers: Readonly<Record<string, unknown>>;
}

/** The server's side of one HTTP request. Exists for requests that are not sampled, too: their ids go on all the same. */
export class RequestSpan {
  /** What the job envelope takes along. */
  readonly carrier: TraceCarrier;
  /** What log lines of the request carry, by the names of OpenTelemetry's log correlation. */
  readonly logFields: { trace_id: string; span_id: string };
  readonly reference: SpanReference;

  constructor(
    private readonly span: Span,
    private readonly clock: Clock,
  ) {
    const context = span.spanContext();
    this.reference = context;
    this.carrier = writeCarrier(context);
    this.logFields = { trace_id: context.traceId, span_id: context.spanId };
  }

  end(status: number): void {
    if (!this.span.isRecording()) return;
    this.span.setAttribute('http.response.status_code', status);
    if (status >= 500) {
      // Of a server span only what the server got wrong is an error, says the HTTP convention.
      this.span.setAttribute('error.type', String(status));
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end(this.clock.now());
  }
}
