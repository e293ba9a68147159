import type { Autoscaling } from './chart-scaling.js';

export interface Setting {
  name: string;
  scaling: Autoscaling;
}

/** Of the requests, how many may miss their objective. */
export const allowedMisses = 0.01;

/** The chart's defaults with one thing changed at a time. The pool may grow to what the busiest minute needs. */
export function settingsAround(defaults: Autoscaling): Setting[] {
  const keda: Autoscaling = { ...defaults, kind: 'keda', maxReplicas: Math.max(8, defaults.maxReplicas) };
  const hpa: Autoscaling = { ...keda, kind: 'hpa' };
  const changed = (name: string, change: Partial<Autoscaling>) => ({ name, scaling: { ...keda, ...change } });
  return [
    { name: 'keda, defaults of the chart', scaling: keda },
    changed('keda, backlog 1 s', { backlogSeconds: 1 }),
    changed('keda, backlog 5 s', { backlogSeconds: 5 }),
    changed('keda, busy 50 %', { busyPercent: 50 }),
    changed('keda, busy 85 %', { busyPercent: 85 }),
    changed('keda, down after 120 s', { scaleDownSeconds: 120 }),
    changed('keda, at least 2 pods', { minReplicas: 2 }),
    { name: 'hpa, defaults of the chart', scaling: hpa },
    { name: 'hpa, busy 50 %', scaling: { ...hpa, busyPercent: 50 } },
    { name: 'hpa and backlog', scaling: { ...hpa, externalBacklog: true } },
    changed('4 pods, always', { minReplicas: 4, maxReplicas: 4 }),
  ];
}
