import { describe, expect, it } from '@jest/globals';
import { HorizontalPodAutoscaler, replicasForAverage, replicasForUtilisation } from './hpa.js';

const spec = {
  minReplicas: 1,
  maxReplicas: 20,
  scaleUp: {
    stabilizationWindowSeconds: 0,
    policies: [
      { type: 'Percent' as const, value: 50, periodSeconds: 60 },
      { type: 'Pods' as const, value: 2, periodSeconds: 60 },
    ],
  },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Pods' as const, value: 1, periodSeconds: 60 }],
  },
};

describe('an average value', () => {
  it('asks for as many pods as the total needs', () => {
    expect(replicasForAverage(41, 4, 2)).toBe(11);
    expect(replicasForAverage(0, 4, 5)).toBe(0);
  });

  it('moves nothing within a tenth of the target', () => {
    expect(replicasForAverage(8.7, 4, 2)).toBe(2);
    expect(replicasForAverage(8.9, 4, 2)).toBe(3);
    expect(replicasForAverage(7.3, 4, 2)).toBe(2);
  });
});

describe('a utilisation', () => {
  it('asks for pods in proportion', () => {
    expect(replicasForUtilisation(1, 0.5, 4, 4)).toBe(8);
    expect(replicasForUtilisation(0.2, 0.5, 4, 4)).toBe(2);
    expect(replicasForUtilisation(0.52, 0.5, 4, 4)).toBe(4);
  });

  it('counts pods that start as idle, and so asks for them once', () => {
    expect(replicasForUtilisation(1, 0.5, 2, 4)).toBe(4);
    expect(replicasForUtilisation(1, 0.5, 3, 4)).toBe(6);
    expect(replicasForUtilisation(0.9, 0.7, 0, 2)).toBe(2);
  });
});

describe('the behaviour of the autoscaler', () => {
  it('goes up by two pods or half as much again within a minute, whichever is more', () => {
    const hpa = new HorizontalPodAutoscaler(spec);
    expect(hpa.decide(0, 1, [20])).toBe(3);
    expect(hpa.decide(15, 3, [20])).toBe(3);
    expect(hpa.decide(60, 3, [20])).toBe(5);
    expect(hpa.decide(120, 5, [20])).toBe(8);
  });

  it('obeys the metric that asks for most, within its bounds', () => {
    expect(new HorizontalPodAutoscaler(spec).decide(0, 10, [3, 12, 0])).toBe(12);
    expect(new HorizontalPodAutoscaler(spec).decide(0, 18, [500])).toBe(20);
  });

  it('goes down by one pod a minute, once nothing asked for more in five', () => {
    const hpa = new HorizontalPodAutoscaler(spec);
    expect(hpa.decide(0, 4, [4])).toBe(4);
    for (let atS = 15; atS < 300; atS += 15) expect(hpa.decide(atS, 4, [1])).toBe(4);
    expect(hpa.decide(300, 4, [1])).toBe(3);
    expect(hpa.decide(315, 3, [1])).toBe(3);
    expect(hpa.decide(360, 3, [1])).toBe(2);
    expect(hpa.decide(420, 2, [0])).toBe(1);
    expect(hpa.decide(480, 1, [0])).toBe(1);
  });

  it('waits for a longer reason to go up where it is told to', () => {
    const slow = { ...spec, scaleUp: { ...spec.scaleUp, stabilizationWindowSeconds: 60 } };
    const hpa = new HorizontalPodAutoscaler(slow);
    expect(hpa.decide(0, 2, [2])).toBe(2);
    expect(hpa.decide(15, 2, [9])).toBe(2);
    expect(hpa.decide(75, 2, [9])).toBe(4);
  });
});
