import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.js';
import { Telemetry } from './telemetry.js';
import { Tracing } from './tracing.js';

/** What of OpenTelemetry's environment its libraries leave to the program; the exporter reads the rest by itself. */
export interface TelemetrySettings {
  /** Whether spans are recorded: false without an endpoint. */
  enabled: boolean;
  /** Whether nothing is recorded at all, metrics included. */
  disabled: boolean;
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

/** Names the process in its traces, unless `OTEL_SERVICE_NAME` does. */
export interface TracedService {
  name: string;
  version: string;
}

/**
 * Metrics and traces of a process, for any program of the product: gateway, worker or both in one. Spans go by OTLP
 * over HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`, in the background and out of a bounded buffer. `close` sends the rest.
 */
export function startTelemetry(
  settings: TelemetrySettings,
  service: TracedService,
  logger: Logger,
): Telemetry {
  return new Telemetry(startTracing(settings, service, logger), settings);
}

function startTracing(settings: TelemetrySettings, service: TracedService, logger: Logger): Tracing {
  if (!settings.enabled) return Tracing.off;
  tellLog(logger);
  const { maxQueueSize, maxExportBatchSize, scheduleDelayMs, exportTimeoutMs } = settings;
  const processor = new BatchSpanProcessor({
    exporter: settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter(),
    maxQueueSize,
    maxExportBatchSize,
    scheduledDelayMillis: scheduleDelayMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': service.name, 'service.version': service.version }))
    .merge(
      detectResources({
        detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
      }),
    );
  return new Tracing({ processor, resource, sampler: samplerOf(settings) });
}

function samplerOf({ sampler, ratio }: TelemetrySettings): Sampler {
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

/** Failed exports and dropped spans, as warnings: they are the receiver's trouble or the network's, never a request's. */
function tellLog(logger: Logger): void {
  const warn = (message: string) => logger.warn({ component: 'opentelemetry' }, message);
  const ignore = () => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
