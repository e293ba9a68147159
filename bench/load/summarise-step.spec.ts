import { describe, expect, it } from '@jest/globals';
import { summariseStep } from './summarise-step.js';

const profile = {
  tenants: [
    { name: 'small', weight: 1, share: 0.5 },
    { name: 'large', weight: 1, share: 0.5 },
  ],
  mix: { embed: 1 },
  ramp: { fromPerSecond: 1, factor: 2, maxSteps: 1, settleSeconds: 1, measureSeconds: 2 },
};

function outcome(dueMs: number, latencyMs: number, tenant = 'small', code = 'ok') {
  const sending = {
    dueMs,
    caller: { url: '', apiKey: '' },
    path: '',
    body: Buffer.alloc(0),
    tenant,
    task: 'embed',
  };
  return { sending, latencyMs, lateMs: 0, answeredAt: dueMs + latencyMs, code };
}

describe('a step', () => {
  it('counts requests by when they were due and answers by when they came', () => {
    const step = summariseStep(
      [outcome(500, 1), outcome(900, 200), outcome(1_500, 50), outcome(2_900, 5_000)],
      profile,
    );
    expect(step).toMatchObject({ requests: 2, offeredPerSecond: 1, achievedPerSecond: 1 });
    expect(step).toMatchObject({ p50Ms: 50, p99Ms: 5_000, errorShare: 0, errors: {} });
  });

  it('counts refusals by code, and their haste not as latency', () => {
    const step = summariseStep(
      [
        outcome(1_500, 100),
        outcome(1_600, 1, 'small', 'overloaded'),
        outcome(1_700, 1, 'small', 'overloaded'),
      ],
      profile,
    );
    expect(step.errors).toEqual({ overloaded: 2 });
    expect(step.errorShare).toBeCloseTo(2 / 3);
    expect(step).toMatchObject({ p50Ms: 100, achievedPerSecond: 0.5 });
  });

  it('holds a tenant that was passed over against what it was due', () => {
    const served = Array.from({ length: 4 }, (_, i) => outcome(1_000 + i, 10, 'large'));
    const passedOver = Array.from({ length: 4 }, (_, i) => outcome(1_000 + i, 10, 'small', 'overloaded'));
    const step = summariseStep([...served, ...passedOver], profile);
    expect(step.tenants['small']).toMatchObject({ achievedPerSecond: 0, duePerSecond: 1 });
    expect(step.tenants['large']).toMatchObject({ achievedPerSecond: 2, duePerSecond: 1 });
    expect(step.fairness).toBeCloseTo(0.5);
  });
});
