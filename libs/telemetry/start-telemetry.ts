import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { Logger } from './logger.js';
import type { MetricSettings } from './otlp-metrics.js';
import type { TraceSettings } from './otlp-traces.js';
import { serviceResource, type ObservedService } from './service-resource.js';
import { Telemetry, type MetricSink } from './telemetry.js';
import { Tracing } from './tracing.js';

export interface TelemetrySettings {
  /** Whether nothing is recorded at all, metrics included. */
  disabled: boolean;
  /** Undefined where no receiver takes them: then no spans are recorded. */
  traces: TraceSettings | undefined;
  /** Undefined where no receiver takes them: then they can be scraped, as they can otherwise. */
  metrics: MetricSettings | undefined;
}

/**
 * Metrics and traces of a process, for any program of the product: gateway, worker or both in one. Both go by OTLP over
 * HTTP to `OTEL_EXPORTER_OTLP_ENDPOINT`, in the background. `close` sends the rest.
 */
export async function startTelemetry(
  { disabled, traces, metrics }: TelemetrySettings,
  service: ObservedService,
  logger: Logger,
): Promise<Telemetry> {
  if (traces === undefined && metrics === undefined) return new Telemetry(Tracing.off, { disabled });
  tellLog(logger);
  const resource = serviceResource(service);
  const [tracing, sink] = await Promise.all([
    traces === undefined ? Tracing.off : startTracing(traces, resource),
    metrics === undefined ? undefined : startExport(metrics, resource),
  ]);
  return new Telemetry(tracing, { disabled, sink });
}

// Exporters are loaded by who has a receiver: they take 80 ms of processor time that every other start can do without.
async function startTracing(settings: TraceSettings, resource: Resource): Promise<Tracing> {
  const { otlpTraces } = await import('./otlp-traces.js');
  return new Tracing(otlpTraces(settings, resource));
}

async function startExport(settings: MetricSettings, resource: Resource): Promise<MetricSink> {
  const { otlpMetrics } = await import('./otlp-metrics.js');
  return otlpMetrics(settings, resource);
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
