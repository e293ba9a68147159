import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger, metricCatalogue, Telemetry, type Metric } from './index.js';

describe('Telemetry', () => {
  let telemetry: Telemetry;
  beforeEach(() => {
    telemetry = new Telemetry();
  });
  afterEach(() => telemetry.close());

  it('exposes every metric that was recorded, under its catalogue name, in Prometheus text', async () => {
    telemetry.httpRequest({ route: '/v1/translate', status: 200, durationMs: 12 });
    telemetry.jobTaken({ task: 'translate', waitMs: 3 });
    telemetry.rowTaken({ model: 'a@1', waitMs: 1 });
    telemetry.engineRan({
      model: 'a@1',
      rows: 4,
      tokens: 90,
      paddingRatio: 0.1,
      observedMs: 7,
      predictedMs: 6,
    });
    telemetry.engineRestarted('crash');
    telemetry.itemDone({ task: 'translate', model: 'a@1', unit: 'characters', amount: 28, outcome: 'ok' });
    telemetry.jobChunkDone({ task: 'translate', succeeded: 3, failed: 1 });
    telemetry.webhookAttempted({ outcome: 'delivered' });
    telemetry.limitRefused({ limit: 'rate' });
    telemetry.limitLow({ limit: 'quota' });
    telemetry.limitOutage({ outcome: 'refused' });
    telemetry.observeEach('queueJobs', () => [{ labels: { task: 'translate' }, value: 5 }]);
    telemetry.observeEach('queueBacklog', () => [{ labels: { task: 'translate' }, value: 0.25 }]);
    telemetry.observe('engineHosts', () => 2);
    telemetry.observe('enginesMissing', () => 1);
    telemetry.observe('usagePending', () => 2);
    telemetry.observe('subscriptions', () => 1);
    const { body: text } = await telemetry.scrape();
    for (const { name } of Object.values(metricCatalogue)) expect(text).toContain(`# HELP ${name}`);
    expect(text).toContain('inferway_http_requests_total{route="/v1/translate",status="200"} 1');
    expect(text).toContain('inferway_units_total{task="translate",model="a@1",unit="characters"} 28');
    expect(text).toContain('inferway_queue_jobs{task="translate"} 5');
    expect(text).toMatch(/inferway_engine_run_seconds_bucket\{model="a@1",le="0.01"\} 1/);
  });

  it('has the series of rare events from the start, so that a rate sees the first of them', async () => {
    const { body: text } = await telemetry.scrape();
    expect(text).toContain('inferway_engine_restarts_total{reason="crash"} 0');
    expect(text).toContain('inferway_webhook_attempts_total{outcome="dead"} 0');
    for (const { kind, labels, ...rest } of Object.values(metricCatalogue).map((each): Metric => each))
      for (const known of rest.known ?? []) expect([kind, Object.keys(known)]).toEqual(['counter', labels]);
  });

  it('records nothing when it is disabled, and says so where metrics are read', async () => {
    const disabled = new Telemetry(undefined, { disabled: true });
    disabled.jobTaken({ task: 'translate', waitMs: 3 });
    disabled.observe('engineHosts', () => 5);
    expect((await disabled.scrape()).body).toBe('# OTEL_SDK_DISABLED is set\n');
    await disabled.close();
  });
});

describe('metricCatalogue', () => {
  it('has no label that could name a key or a tenant', () => {
    const labels = Object.values(metricCatalogue).flatMap(({ labels: names }) => [...names]);
    expect(labels.filter((label) => /key|tenant|user|request/i.test(label))).toEqual([]);
  });
});

describe('createLogger', () => {
  it('writes no credential and no payload, whatever object is logged', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', name: 'test' }, { write: (line) => lines.push(line) });
    logger.info({ authorization: 'Bearer iw_live_x', req: { headers: { authorization: 'iw_live_y' } } }, 'a');
    logger.info({ body: { text: 'private words' }, request: { body: 'private words' } }, 'b');
    expect(lines.join('')).not.toMatch(/iw_live|private words/);
    expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ level: 'info', name: 'test', msg: 'a' });
  });
});
