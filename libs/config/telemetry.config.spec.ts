import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadServeConfig } from './index.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the OpenTelemetry environment', () => {
  it.each([
    [{}, []],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, []],
    [endpoint, ['traces', 'metrics']],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, ['traces']],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://collector/v1/metrics' }, ['metrics']],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, []],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, ['metrics']],
    [{ ...endpoint, OTEL_METRICS_EXPORTER: 'none' }, ['traces']],
    [{ ...endpoint, OTEL_METRICS_EXPORTER: 'prometheus' }, ['traces']],
  ])('sends traces and metrics only where there is a receiver for them: %j', (env, sent) => {
    const { traces, metrics } = loadServeConfig(env).telemetry;
    expect([...(traces ? ['traces'] : []), ...(metrics ? ['metrics'] : [])]).toEqual(sent);
  });

  it('reads samplers, protocols, buffer and interval by their standard names', () => {
    const { traces, metrics } = loadServeConfig({
      ...endpoint,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/protobuf',
      OTEL_METRIC_EXPORT_INTERVAL: '10000',
    }).telemetry;
    // A timeout beyond the interval would be refused by the library.
    expect(metrics).toEqual({ protocol: 'http/protobuf', intervalMs: 10_000, exportTimeoutMs: 10_000 });
    expect(traces).toMatchObject({
      sampler: 'parentbased_traceidratio',
      ratio: 0.25,
      protocol: 'http/json',
      maxQueueSize: 100,
      // The library would warn, and do the same.
      maxExportBatchSize: 100,
    });
  });

  it('refuses what it would otherwise ignore: gRPC, a ratio above 1, an endpoint without a scheme', () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
    };
    try {
      loadServeConfig(wrong);
      throw new Error('accepted');
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [];
      expect(problems.map((line) => line.split(':')[0])).toEqual(Object.keys(wrong));
    }
  });
});
