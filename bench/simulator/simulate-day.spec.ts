import { describe, expect, it } from '@jest/globals';
import { readChartScaling } from './chart-scaling.js';
import { arrivalsOf, day } from './day-traffic.js';
import { LatencyHistogram } from './latency-histogram.js';
import { readCurves, runMs } from './service-curve.js';
import { simulateDay, type DayOptions } from './simulate-day.js';

/** One engine a pod: a load that needs several pods is a small one then. */
const chart = { ...readChartScaling(), enginesPerPod: 1 };
const options: DayOptions = {
  traffic: { ...day, hours: 0.05, meanPerSecond: 40 },
  chart,
  scaling: { ...chart.defaults, kind: 'keda' },
  curves: readCurves().curves,
  podStartMs: 30_000,
  objectiveMs: 1_000,
};

describe('the simulated day', () => {
  const once = simulateDay(options);

  it('is the same for the same seed, and another for another', () => {
    expect(simulateDay(options)).toEqual(once);
    expect(simulateDay({ ...options, traffic: { ...options.traffic, seed: 5 } })).not.toEqual(once);
  });

  it('adds pods where one cannot bear the load, and loses more where it must not', () => {
    const traffic = { ...options.traffic, meanPerSecond: 150 };
    const scaled = simulateDay({ ...options, traffic });
    const alone = simulateDay({ ...options, traffic, scaling: { ...options.scaling, maxReplicas: 1 } });
    expect(scaled.mostPods).toBe(chart.defaults.maxReplicas);
    expect(scaled.podHours).toBeGreaterThan(alone.podHours);
    expect(scaled.missedShare).toBeLessThan(alone.missedShare);
    expect(alone.mostPods).toBe(1);
  });

  it('pays for each pod from the moment it is asked for', () => {
    expect(once.podHours).toBeGreaterThanOrEqual(0.99 * options.traffic.hours);
    expect(once.utilisation).toBeGreaterThan(0);
    expect(once.utilisation).toBeLessThanOrEqual(1);
  });
});

describe('the traffic of a day', () => {
  it('comes in order and at the rate of its tenants', () => {
    const modelOf = new Map(Object.keys(day.mix).map((task) => [task, task]));
    const arrivals = [...arrivalsOf({ ...day, hours: 0.2 }, modelOf)];
    expect(arrivals.every(({ atMs }, i) => atMs >= (arrivals[i - 1]?.atMs ?? 0))).toBe(true);
    expect(new Set(arrivals.map(({ tenantId }) => tenantId)).size).toBe(day.tenants.length);
  });
});

describe('the scaling rules of the chart', () => {
  it('are read from the chart itself', () => {
    const spec = chart.hpaSpec({ ...chart.defaults, scaleDownSeconds: 77 });
    expect(spec.scaleDown.stabilizationWindowSeconds).toBe(77);
    expect(spec.scaleUp.policies.length).toBeGreaterThan(0);
    expect(readChartScaling().enginesPerPod).toBeGreaterThan(0);
  });
});

describe('a service curve', () => {
  const curve = { task: 't', model: 'm', maxRows: 8, servingMsPerRow: 1 };
  const measured = {
    ...curve,
    runs: [
      { rows: 1, ms: 10 },
      { rows: 4, ms: 16 },
    ],
  };

  it('is straight between what was measured, and never cheaper a row beyond it', () => {
    expect([1, 2, 4, 8].map((rows) => runMs(measured, rows))).toEqual([11, 14, 20, 40]);
  });
});

describe('the latency histogram', () => {
  it('finds percentiles within two percent', () => {
    const histogram = new LatencyHistogram();
    for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
    for (const p of [0.5, 0.95, 0.99]) {
      expect(Math.abs(histogram.percentile(p) / (1_000 * p) - 1)).toBeLessThan(0.02);
    }
  });
});
