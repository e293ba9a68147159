import { z } from 'zod';
import { wholeNumber } from './settings.js';

/** OpenTelemetry's names for a protocol; gRPC would bring a second network stack, and every collector speaks HTTP. */
const protocol = z.enum(['http/protobuf', 'http/json']);
const endpoint = z.url({ protocol: /^https?$/ });

/**
 * What of OpenTelemetry's standard environment its libraries leave to the program, for every program of ours. The
 * exporter reads the other `OTEL_EXPORTER_OTLP_*` by itself (headers, timeout, compression, certificates), and the
 * resource `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.
 */
export const telemetrySettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint
    .optional()
    .describe(
      'An OTLP receiver, such as http://collector:4318: traces go to /v1/traces below it, metrics to /v1/metrics',
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint
    .optional()
    .describe('The whole URL for traces, where it differs; without either nothing is traced'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol
    .default('http/protobuf')
    .describe('How spans and metrics are encoded: http/protobuf or http/json'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional().describe('The same for traces alone'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'])
    .default('otlp')
    .describe('Set to none, it switches traces off though an endpoint is set'),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint
    .optional()
    .describe('The whole URL for metrics, where it differs; without either they are not sent, only scraped'),
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol.optional().describe('The same for metrics alone'),
  OTEL_METRICS_EXPORTER: z
    .enum(['otlp', 'prometheus', 'none'])
    .default('otlp')
    .describe(
      'Set to none or prometheus, metrics are not sent though an endpoint is set; they can be scraped anyway',
    ),
  OTEL_METRIC_EXPORT_INTERVAL: wholeNumber(1, 3_600_000)
    .default(60_000)
    .describe('Milliseconds between two exports of metrics'),
  OTEL_METRIC_EXPORT_TIMEOUT: wholeNumber(1, 600_000)
    .default(30_000)
    .describe('Milliseconds until an export of metrics counts as failed; at most the interval'),
  OTEL_SDK_DISABLED: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Set to true, nothing is recorded: no traces, no metrics'),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on')
    .describe('Which requests are traced; parentbased ones obey the flag that a caller sends'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
    .transform(Number)
    .default(1)
    .describe('Share of requests that the samplers by ratio trace, 0 to 1'),
  OTEL_BSP_MAX_QUEUE_SIZE: wholeNumber(1, 1_000_000)
    .default(2_048)
    .describe('Spans that may wait for an export; more are dropped, and logged'),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: wholeNumber(1, 1_000_000).default(512).describe('Spans in one export'),
  OTEL_BSP_SCHEDULE_DELAY: wholeNumber(1, 600_000)
    .default(5_000)
    .describe('Milliseconds between two exports of spans'),
  OTEL_BSP_EXPORT_TIMEOUT: wholeNumber(1, 600_000)
    .default(30_000)
    .describe('Milliseconds until an export of spans counts as failed'),
};

type Environment = z.output<z.ZodObject<typeof telemetrySettings>>;

/** Structurally the settings that `startTelemetry` takes. */
export interface TelemetryConfig {
  /** The whole of telemetry is switched off, metrics included. */
  disabled: boolean;
  traces: TraceConfig | undefined;
  metrics: MetricConfig | undefined;
}

interface TraceConfig {
  protocol: z.output<typeof protocol>;
  sampler: Environment['OTEL_TRACES_SAMPLER'];
  ratio: number;
  maxQueueSize: number;
  maxExportBatchSize: number;
  scheduleDelayMs: number;
  exportTimeoutMs: number;
}

interface MetricConfig {
  protocol: z.output<typeof protocol>;
  intervalMs: number;
  exportTimeoutMs: number;
}

export function toTelemetryConfig(env: Environment): TelemetryConfig {
  const disabled = env.OTEL_SDK_DISABLED === 'true';
  if (disabled) return { disabled, traces: undefined, metrics: undefined };
  return { disabled, traces: toTraceConfig(env), metrics: toMetricConfig(env) };
}

function toTraceConfig(env: Environment): TraceConfig | undefined {
  const target = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (target === undefined || env.OTEL_TRACES_EXPORTER !== 'otlp') return undefined;
  return {
    protocol: env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
    sampler: env.OTEL_TRACES_SAMPLER,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
    maxQueueSize: env.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: Math.min(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, env.OTEL_BSP_MAX_QUEUE_SIZE),
    scheduleDelayMs: env.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMs: env.OTEL_BSP_EXPORT_TIMEOUT,
  };
}

function toMetricConfig(env: Environment): MetricConfig | undefined {
  const target = env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (target === undefined || env.OTEL_METRICS_EXPORTER !== 'otlp') return undefined;
  return {
    protocol: env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
    intervalMs: env.OTEL_METRIC_EXPORT_INTERVAL,
    // The library refuses a timeout beyond the interval.
    exportTimeoutMs: Math.min(env.OTEL_METRIC_EXPORT_TIMEOUT, env.OTEL_METRIC_EXPORT_INTERVAL),
  };
}
