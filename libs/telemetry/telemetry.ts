import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { preferredMediaType, type SpanReference } from '#kernel';
import { EventLoopDelay } from './event-loop-delay.js';
import { Exemplars } from './exemplars.js';
import {
  metricCatalogue,
  type CounterKey,
  type GaugeKey,
  type HistogramKey,
  type Labels,
  type Metric,
  type PlainGaugeKey,
} from './metric.catalogue.js';
import { openMetricsType, toOpenMetrics } from './open-metrics.js';
import { sendTheRest } from './send-the-rest.js';
import { Tracing } from './tracing.js';

/** What one engine run was, for the metrics of its model. */
export interface EngineRun {
  model: string;
  rows: number;
  /** Real tokens (or pixels) in the batch. */
  tokens: number;
  /** Share of the batch that was padding, 0 to 1. */
  paddingRatio: number;
  observedMs: number;
  predictedMs: number;
}

/** Metrics in one of the formats that Prometheus reads. */
export interface Scrape {
  contentType: string;
  body: string;
}

/** Read when asked, in memory: Prometheus scrapes through the gateway's own port. */
class ScrapeReader extends MetricReader {
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** Where metrics go, beside whoever scrapes them. */
export interface MetricSink {
  reader: MetricReader;
  resource: Resource;
}

export interface TelemetryOptions {
  /** Nothing is recorded, and a scrape finds nothing: OpenTelemetry's `OTEL_SDK_DISABLED`. */
  disabled?: boolean;
  sink?: MetricSink | undefined;
}

/** The process's metrics, and its traces beside them. Adapters of other rooms are handed these methods as plain callbacks. */
export class Telemetry {
  private readonly reader = new ScrapeReader();
  private readonly serializer = new PrometheusSerializer('', false, undefined, true, true);
  private readonly exemplars = new Exemplars();
  private readonly provider: MeterProvider;
  private readonly meter: Meter;
  private readonly counters: Record<CounterKey, Counter>;
  private readonly histograms: Record<HistogramKey, Histogram>;
  private readonly eventLoop: EventLoopDelay | undefined;
  private readonly disabled: boolean;

  constructor(
    readonly traces: Tracing = Tracing.off,
    { disabled = false, sink }: TelemetryOptions = {},
  ) {
    this.disabled = disabled;
    const readers = disabled ? [] : [this.reader, ...(sink === undefined ? [] : [sink.reader])];
    this.provider = new MeterProvider({ readers, ...(sink && { resource: sink.resource }) });
    this.meter = this.provider.getMeter('inferway');
    this.counters = {
      httpRequests: this.counter('httpRequests'),
      engineTokens: this.counter('engineTokens'),
      engineRestarts: this.counter('engineRestarts'),
      units: this.counter('units'),
      items: this.counter('items'),
      jobInputs: this.counter('jobInputs'),
      webhookAttempts: this.counter('webhookAttempts'),
      limitRefusals: this.counter('limitRefusals'),
      limitsLow: this.counter('limitsLow'),
      limitOutages: this.counter('limitOutages'),
    };
    this.histograms = {
      httpDuration: this.histogram('httpDuration'),
      queueWait: this.histogram('queueWait'),
      batchWait: this.histogram('batchWait'),
      batchRows: this.histogram('batchRows'),
      batchPadding: this.histogram('batchPadding'),
      engineRun: this.histogram('engineRun'),
      enginePredicted: this.histogram('enginePredicted'),
    };
    if (disabled) return;
    const eventLoop = new EventLoopDelay(readers.length);
    this.observe('eventLoopDelay', () => eventLoop.readS());
    this.eventLoop = eventLoop;
  }

  httpRequest(request: {
    route: string;
    status: number;
    durationMs: number;
    span?: SpanReference | undefined;
  }): void {
    this.add('httpRequests', 1, { route: request.route, status: String(request.status) });
    this.record('httpDuration', request.durationMs / 1000, { route: request.route }, request.span);
  }

  jobTaken(job: { task: string; waitMs: number; span?: SpanReference | undefined }): void {
    this.record('queueWait', job.waitMs / 1000, { task: job.task }, job.span);
  }

  rowTaken(row: { model: string; waitMs: number }): void {
    this.record('batchWait', row.waitMs / 1000, { model: row.model });
  }

  engineRan(run: EngineRun): void {
    const { model } = run;
    this.record('batchRows', run.rows, { model });
    this.record('batchPadding', run.paddingRatio, { model });
    this.record('engineRun', run.observedMs / 1000, { model });
    this.record('enginePredicted', run.predictedMs / 1000, { model });
    this.add('engineTokens', run.tokens, { model });
  }

  engineRestarted(reason: 'crash' | 'hung' | 'away' | 'memory'): void {
    this.add('engineRestarts', 1, { reason });
  }

  /** `outcome`: `ok` or an error code. */
  itemDone(item: { task: string; model: string; unit: string; amount: number; outcome: string }): void {
    const { task, model, unit, amount, outcome } = item;
    this.add('items', 1, { task, outcome });
    if (amount > 0) this.add('units', amount, { task, model, unit });
  }

  jobChunkDone({ task, succeeded, failed }: { task: string; succeeded: number; failed: number }): void {
    if (succeeded > 0) this.add('jobInputs', succeeded, { task, outcome: 'succeeded' });
    if (failed > 0) this.add('jobInputs', failed, { task, outcome: 'failed' });
  }

  webhookAttempted({ outcome }: { outcome: string }): void {
    this.add('webhookAttempts', 1, { outcome });
  }

  /** `limit`: `rate`, `concurrency`, `quota` or `budget` */
  limitRefused({ limit }: { limit: string }): void {
    this.add('limitRefusals', 1, { limit });
  }

  limitLow({ limit }: { limit: string }): void {
    this.add('limitsLow', 1, { limit });
  }

  limitOutage({ outcome }: { outcome: 'refused' | 'admitted' }): void {
    this.add('limitOutages', 1, { outcome });
  }

  /** Reads a gauge when scraped: engine hosts, pending usage rows. */
  observe(gauge: PlainGaugeKey, read: () => number): void {
    this.observeEach(gauge, () => [{ labels: {}, value: read() }]);
  }

  /** The same for a gauge with labels: one series for each element. */
  observeEach<K extends GaugeKey>(
    gauge: K,
    read: () => readonly { labels: Labels<K>; value: number }[],
  ): void {
    const { name, unit, description } = metricCatalogue[gauge];
    this.meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
      for (const { value, labels } of read()) result.observe(value, labels);
    });
  }

  /**
   * Everything above as Prometheus text, or for who can read that as OpenMetrics, which has exemplars.
   *
   * @param accept the header of who asks
   */
  async scrape(accept = ''): Promise<Scrape> {
    const plain = { contentType: 'text/plain; version=0.0.4; charset=utf-8' };
    if (this.disabled) return { ...plain, body: '# OTEL_SDK_DISABLED is set\n' };
    const { resourceMetrics } = await this.reader.collect();
    const text = this.serializer.serialize(resourceMetrics);
    const preferred = preferredMediaType(accept, [openMetricsType, 'text/plain']);
    if (preferred !== openMetricsType) return { ...plain, body: text };
    const contentType = `${openMetricsType}; version=1.0.0; charset=utf-8`;
    return { contentType, body: toOpenMetrics(text, this.exemplars) };
  }

  /** Sends what is left, within two seconds. */
  async close(): Promise<void> {
    this.eventLoop?.close();
    await Promise.all([sendTheRest(this.provider.shutdown()), this.traces.close()]);
  }

  private add<K extends CounterKey>(key: K, value: number, labels: Labels<K>): void {
    this.counters[key].add(value, labels);
  }

  private record<K extends HistogramKey>(
    key: K,
    value: number,
    labels: Labels<K>,
    span?: SpanReference,
  ): void {
    this.histograms[key].record(value, labels);
    this.exemplars.note(metricCatalogue[key], value, labels, span);
  }

  private counter(key: CounterKey): Counter {
    const { name, unit, description, known = [] }: Metric = metricCatalogue[key];
    const counter = this.meter.createCounter(name, { unit, description });
    for (const labels of known) counter.add(0, labels);
    return counter;
  }

  private histogram(key: HistogramKey): Histogram {
    const { name, unit, description, buckets } = metricCatalogue[key];
    const advice = { explicitBucketBoundaries: [...buckets] };
    return this.meter.createHistogram(name, { unit, description, advice });
  }
}
