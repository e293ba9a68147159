import { ROOT_CONTEXT, trace, type Context, type SpanContext, type TextMapSetter } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** W3C Trace Context as it travels: in the headers of a request, in the envelope of a job. */
export interface TraceCarrier {
  traceparent: string;
  tracestate?: string;
}

type Headers = Readonly<Record<string, unknown>>;

const propagator = new W3CTraceContextPropagator();
const getter = {
  get(headers: Headers, name: string): string | undefined {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  },
  keys: (headers: Headers) => Object.keys(headers),
};

const setter: TextMapSetter<TraceCarrier> = {
  set(carrier, name, value) {
    if (name === 'traceparent') carrier.traceparent = value;
    else if (value !== '') carrier.tracestate = value;
  },
};

/** The context a caller sent; the root where there is none, or one that the recommendation says to ignore. */
export function readCarrier(headers: Headers): Context {
  return propagator.extract(ROOT_CONTEXT, headers, getter);
}

export function writeCarrier(context: SpanContext): TraceCarrier {
  const carrier: TraceCarrier = { traceparent: '' };
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, context), carrier, setter);
  return carrier;
}
