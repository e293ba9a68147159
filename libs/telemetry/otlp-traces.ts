import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { TraceSink } from './tracing.js';

/** What of OpenTelemetry's environment its libraries leave to the program; the exporter reads the rest by itself. */
export interface TraceSettings {
  protocol: 'http/protobuf' | 'http/json';
  /** As `OTEL_TRACES_SAMPLER` names them. */
  sampler:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio';
  /** 0 to 1, for the samplers by ratio. */
  ratio: number;
  /** Spans that wait for the next export; more are dropped, and the log says how many. */
  maxQueueSize: number;
  maxExportBatchSize: number;
  scheduleDelayMs: number;
  exportTimeoutMs: number;
}

/** Spans by OTLP over HTTP, in the background and out of a bounded buffer. */
export function otlpTraces(settings: TraceSettings, resource: Resource): TraceSink {
  const { maxQueueSize, maxExportBatchSize, scheduleDelayMs, exportTimeoutMs } = settings;
  const processor = new BatchSpanProcessor({
    exporter: settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter(),
    maxQueueSize,
    maxExportBatchSize,
    scheduledDelayMillis: scheduleDelayMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  return { processor, resource, sampler: samplerOf(settings) };
}

function samplerOf({ sampler, ratio }: TraceSettings): Sampler {
  switch (sampler) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
