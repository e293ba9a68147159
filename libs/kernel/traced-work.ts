/** Names a span to other traces: ids in lower-case hex, as W3C Trace Context writes them. */
export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/**
 * Work whose trace is recorded. Rooms hand it along without knowing who records it; work that nobody traces has
 * none, and costs nothing.
 */
export interface TracedWork {
  readonly reference: SpanReference;
  /** Says that this work and another have to do with each other, without one being a part of the other. */
  linkTo(other: SpanReference): void;
}
