import { trace, type Span, type Tracer } from '@opentelemetry/api';

/** Every span name; attributes never hold payloads, keys or tenants' text. */
export const spanCatalogue = {
  submit: 'inferway.submit',
  queue: 'inferway.queue',
  encode: 'inferway.encode',
  batch: 'inferway.batch',
  run: 'inferway.engine.run',
  decode: 'inferway.decode',
  meter: 'inferway.meter',
} as const;

export type SpanName = keyof typeof spanCatalogue;

/** A no-op until an OpenTelemetry SDK registers itself in the process. */
const tracer: Tracer = trace.getTracer('inferway');

/** Starts a span of the catalogue; the caller ends it. */
export function startSpan(name: SpanName, attributes: Record<string, string | number> = {}): Span {
  return tracer.startSpan(spanCatalogue[name], { attributes });
}
