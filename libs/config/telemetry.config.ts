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
    .describe('An OTLP receiver, such as http://collector:4318; traces go to /v1/traces below it'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint
    .optional()
    .describe('The whole URL for traces, where it differs; without either nothing is traced'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol
    .default('http/protobuf')
    .describe('How spans are encoded: http/protobuf or http/json'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol.optional().describe('The same for traces alone'),
  OTEL_TRACES_EXPORTER: z
    .enum(['otlp', 'none'])
    .default('otlp')
    .describe('Set to none, it switches traces off though an endpoint is set'),
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
    .describe('Milliseconds between two exports'),
  OTEL_BSP_EXPORT_TIMEOUT: wholeNumber(1, 600_000)
    .default(30_000)
    .describe('Milliseconds until an export counts as failed'),
};

type Environment = z.output<z.ZodObject<typeof telemetrySettings>>;

/** Structurally the settings that `startTelemetry` takes. */
export interface TelemetryConfig {
  enabled: boolean;
  /** The whole of telemetry is switched off, metrics included. */
  disabled: boolean;
  protocol: z.output<typeof protocol>;
  sampler: Environment['OTEL_TRACES_SAMPLER'];
  ratio: number;
  maxQueueSize: number;
  maxExportBatchSize: number;
  scheduleDelayMs: number;
  exportTimeoutMs: number;
}

export function toTelemetryConfig(env: Environment): TelemetryConfig {
  const target = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const disabled = env.OTEL_SDK_DISABLED === 'true';
  return {
    enabled: target !== undefined && env.OTEL_TRACES_EXPORTER === 'otlp' && !disabled,
    disabled,
    protocol: env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
    sampler: env.OTEL_TRACES_SAMPLER,
    ratio: env.OTEL_TRACES_SAMPLER_ARG,
    maxQueueSize: env.OTEL_BSP_MAX_QUEUE_SIZE,
    maxExportBatchSize: Math.min(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, env.OTEL_BSP_MAX_QUEUE_SIZE),
    scheduleDelayMs: env.OTEL_BSP_SCHEDULE_DELAY,
    exportTimeoutMs: env.OTEL_BSP_EXPORT_TIMEOUT,
  };
}
