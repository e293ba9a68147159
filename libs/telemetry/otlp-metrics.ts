import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import type { Resource } from '@opentelemetry/resources';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { MetricSink } from './telemetry.js';

/** What of OpenTelemetry's environment its libraries leave to the program; the exporter reads the rest by itself. */
export interface MetricSettings {
  protocol: 'http/protobuf' | 'http/json';
  intervalMs: number;
  /** At most the interval. */
  exportTimeoutMs: number;
}

/** Metrics by OTLP over HTTP at an interval, under the names that a scrape has, and once more when the process ends. */
export function otlpMetrics(settings: MetricSettings, resource: Resource): MetricSink {
  const reader = new PeriodicExportingMetricReader({
    exporter: settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter(),
    exportIntervalMillis: settings.intervalMs,
    exportTimeoutMillis: settings.exportTimeoutMs,
  });
  return { reader, resource };
}
