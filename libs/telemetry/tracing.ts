import { SpanKind, trace, type Tracer } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { AlwaysOnSampler, TracerProvider, type Sampler, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Clock } from '#kernel';
import { BatchSpan, type BatchOpening } from './batch.span.js';
import { JobSpan, type TracedJob } from './job.span.js';
import { RequestSpan, type TracedRequest } from './request.span.js';
import { sendTheRest } from './send-the-rest.js';
import { SpanCalendar } from './span-calendar.js';
import { spanAttributes, spanCatalogue } from './span.catalogue.js';
import { readCarrier } from './trace-carrier.js';

/** Where spans go and which are kept. */
export interface TraceSink {
  processor: SpanProcessor;
  sampler: Sampler;
  resource: Resource;
}

/** Callers choose how long a path is; we choose how much of it we keep. */
const maxAttributeLength = 256;
/** A batch has at most as many rows as decoder slots or rows a run; a job links to each of its batches. */
const maxLinks = 1_024;

/**
 * The process's traces. Nothing registers globally and nothing is kept in async-local storage: a context comes with
 * the request or the job envelope and is handed on by name, so that gateway and worker need not be one process.
 */
export class Tracing {
  /** For processes without a receiver: everything answers "not traced". */
  static readonly off = new Tracing();

  private readonly requests: Tracer | undefined;
  private readonly batches: Tracer | undefined;

  /** @param calendar dates spans; by default as the machine's clock has it */
  constructor(
    private readonly sink?: TraceSink,
    private calendar = new SpanCalendar(),
  ) {
    if (sink === undefined) return;
    const { processor, resource, sampler } = sink;
    const spanLimits = { attributeValueLengthLimit: maxAttributeLength, linkCountLimit: maxLinks };
    const shared = { resource, spanLimits, spanProcessors: [processor] };
    this.requests = new TracerProvider({ ...shared, sampler }).getTracer('inferway');
    // A batch is opened by the first row that is sampled, so that every link of a sampled request leads somewhere.
    this.batches = new TracerProvider({ ...shared, sampler: new AlwaysOnSampler() }).getTracer('inferway');
  }

  /** From now on the times of spans are this clock's: the programs of a cluster share one, and so do their traces. */
  useClock(clock: Clock): void {
    if (this.sink !== undefined) this.calendar = new SpanCalendar(clock, clock);
  }

  /** The server span of a request, child of the caller's span where the headers name one; undefined when off. */
  request({ method, route, path, requestId, headers }: TracedRequest): RequestSpan | undefined {
    if (this.requests === undefined) return undefined;
    const dates = this.calendar.begin();
    const options = {
      kind: SpanKind.SERVER,
      startTime: dates.now(),
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'url.path': path,
        'url.scheme': 'http',
        [spanAttributes.requestId]: requestId,
      },
    };
    const span = this.requests.startSpan(`${method} ${route}`, options, readCarrier(headers));
    return new RequestSpan(span, dates);
  }

  /** The span of a job and, beside it, of its time in the queue; undefined when off or not sampled. */
  job(job: TracedJob): JobSpan | undefined {
    if (this.requests === undefined) return undefined;
    const dates = this.calendar.begin();
    const takenAt = dates.now();
    const { requestId, task, items, submittedAt } = job;
    const context = readCarrier({ traceparent: job.traceparent, tracestate: job.tracestate });
    const attributes = {
      [spanAttributes.requestId]: requestId,
      [spanAttributes.task]: task,
      [spanAttributes.items]: items.length,
    };
    const options = { kind: SpanKind.CONSUMER, startTime: takenAt, attributes };
    const span = this.requests.startSpan(spanCatalogue.job, options, context);
    if (!span.isRecording()) return undefined;
    // Without a parent the job is a root, and its wait belongs below it.
    const above = trace.getSpan(context) === undefined ? trace.setSpan(context, span) : context;
    this.requests.startSpan(spanCatalogue.queue, { startTime: dates.of(submittedAt) }, above).end(takenAt);
    return new JobSpan(span, dates);
  }

  /** Opens a batch's span; undefined when off. */
  batch(opening: BatchOpening): BatchSpan | undefined {
    if (this.batches === undefined) return undefined;
    return new BatchSpan(this.batches, opening, this.calendar.begin());
  }

  /** Sends what is left, within two seconds. */
  async close(): Promise<void> {
    if (this.sink !== undefined) await sendTheRest(this.sink.processor.shutdown());
  }
}
