import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadServeConfig } from './index.js';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the OpenTelemetry environment', () => {
  it.each([
    [{}, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
    [endpoint, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }, true],
    [{ ...endpoint, OTEL_SDK_DISABLED: 'true' }, false],
    [{ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
  ])('switches traces on only where there is a receiver: %j', (env, enabled) => {
    expect(loadServeConfig(env).telemetry.enabled).toBe(enabled);
  });

  it('reads samplers, protocol and buffer by their standard names', () => {
    const { telemetry } = loadServeConfig({
      ...endpoint,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
    });
    expect(telemetry).toMatchObject({
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
