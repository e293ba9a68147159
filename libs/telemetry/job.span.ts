import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { errorCatalogue, type Clock, type ErrorCode, type SpanReference, type TracedWork } from '#kernel';
import { spanAttributes } from './span.catalogue.js';

/** The part of a job envelope that its trace needs. */
export interface TracedJob {
  requestId: string;
  task: string;
  items: readonly unknown[];
  /** Milliseconds since the epoch. */
  submittedAt: number;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** How a job ended: the longest of its items by phase, in milliseconds, and what became of those that failed. */
export interface JobSummary {
  model: string;
  batchMs: number;
  encodeMs: number;
  inferenceMs: number;
  decodeMs: number;
  errors: readonly ErrorCode[];
}

/** One job in a worker. Batches that answered its rows link here, and it to them. */
export class JobSpan implements TracedWork {
  readonly reference: SpanReference;
  /** Rows of one job often share a batch; the second link to it would say nothing. */
  private readonly linked = new Set<string>();

  constructor(
    private readonly span: Span,
    private readonly clock: Clock,
  ) {
    this.reference = span.spanContext();
  }

  linkTo(batch: SpanReference): void {
    if (this.linked.has(batch.spanId)) return;
    this.linked.add(batch.spanId);
    this.span.addLink({ context: batch });
  }

  answered({ model, batchMs, encodeMs, inferenceMs, decodeMs, errors }: JobSummary): void {
    this.span.setAttributes({
      [spanAttributes.model]: model,
      [spanAttributes.batchWaitMs]: batchMs,
      [spanAttributes.encodeMs]: encodeMs,
      [spanAttributes.inferenceMs]: inferenceMs,
      [spanAttributes.decodeMs]: decodeMs,
    });
    if (errors.length > 0) this.span.setAttribute(spanAttributes.itemErrors, [...new Set(errors)]);
    const ours = errors.find((code) => errorCatalogue[code].status >= 500);
    if (ours !== undefined) this.fail(ours);
    this.span.end(this.clock.now());
  }

  /** The job has no reply. */
  failed(code: ErrorCode): void {
    this.fail(code);
    this.span.end(this.clock.now());
  }

  private fail(code: ErrorCode): void {
    this.span.setAttribute('error.type', code);
    this.span.setStatus({ code: SpanStatusCode.ERROR });
  }
}
