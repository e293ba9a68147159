import { SpanStatusCode, trace, ROOT_CONTEXT, type Span, type Tracer } from '@opentelemetry/api';
import type { ErrorCode, SpanReference, TracedWork } from '#kernel';
import type { SpanDates } from './span-calendar.js';
import { spanAttributes, spanCatalogue } from './span.catalogue.js';

/** What is known of a batch when the first of its rows is answered. */
export interface BatchOpening {
  /** `name@revision` */
  model: string;
  enginePid: number | undefined;
  /** Address of an engine that is not on this machine. */
  server?: string | undefined;
  /** When the oldest of its rows was sent to the engine, in milliseconds since the epoch. */
  sentAt: number;
}

/** What a batch was, once its last row was answered. */
export interface BatchSummary {
  rows: number;
  length: number;
  paddingRatio: number;
  predictedMs: number;
  /** Engine time. */
  ms: number;
  /** When the engine began the first of its rows, in milliseconds since the epoch. */
  startedAt: number;
}

/**
 * A batch has a trace of its own: it is a part of none of the requests it answers, and one of thirty-two parents would
 * be a lie. It is linked to each row's job, one link a row, and each job to it.
 */
export class BatchSpan implements TracedWork {
  readonly reference: SpanReference;
  private readonly span: Span;

  constructor(
    private readonly tracer: Tracer,
    private readonly opening: BatchOpening,
    private readonly dates: SpanDates,
  ) {
    const { model, enginePid, server, sentAt } = opening;
    const attributes = {
      [spanAttributes.model]: model,
      [spanAttributes.enginePid]: enginePid,
      [spanAttributes.engineServer]: server,
    };
    const options = { startTime: dates.of(sentAt), attributes };
    this.span = tracer.startSpan(spanCatalogue.batch, options, ROOT_CONTEXT);
    this.reference = this.span.spanContext();
  }

  linkTo(job: SpanReference): void {
    this.span.addLink({ context: job });
  }

  /** The host measures, its parent records: an engine host has no SDK, and no network. */
  answered({ rows, length, paddingRatio, predictedMs, ms, startedAt }: BatchSummary): void {
    this.span.setAttributes({
      [spanAttributes.rows]: rows,
      [spanAttributes.length]: length,
      [spanAttributes.paddingRatio]: paddingRatio,
      [spanAttributes.predictedMs]: predictedMs,
      [spanAttributes.observedMs]: ms,
    });
    const now = this.dates.now();
    const within = trace.setSpan(ROOT_CONTEXT, this.span);
    // Rows that nobody traces may have begun before the first that somebody does.
    const startTime = this.dates.of(Math.max(startedAt, this.opening.sentAt));
    this.tracer.startSpan(spanCatalogue.engineRun, { startTime }, within).end(now);
    this.span.end(now);
  }

  /** The run threw or its host was lost; its rows run again in another batch. */
  failed(code: ErrorCode): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.setAttribute('error.type', code);
    this.span.end(this.dates.now());
  }
}
