import { seeded } from '../random.js';
import { Autoscaler } from './autoscaler.js';
import type { Autoscaling, ChartScaling } from './chart-scaling.js';
import { arrivalsOf, type DayTraffic } from './day-traffic.js';
import { LatencyHistogram } from './latency-histogram.js';
import { startOfRace } from './race.js';
import type { ServiceCurve } from './service-curve.js';
import { VirtualCluster } from './virtual-cluster.js';
import { VirtualTime } from './virtual-time.js';

export interface DayOptions {
  traffic: DayTraffic;
  chart: ChartScaling;
  scaling: Autoscaling;
  curves: readonly ServiceCurve[];
  /** From the decision until the pod takes work: scheduled, image there, models warm. */
  podStartMs: number;
  /** A request that takes longer, or is lost, misses its objective. */
  objectiveMs: number;
}

export interface DayResult {
  requests: number;
  missedShare: number;
  lost: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  podHours: number;
  /** Engine time at work over engine time paid for. */
  utilisation: number;
  mostPods: number;
  changes: number;
}

/** `MAX_BACKLOG_S` by default, and a deadline as clients of a page have it. */
const maxBacklogMsPerEngine = 30_000;
const deadlineMs = 30_000;
/** On the way to a worker and back at little load, measured by `--validate`. */
const wayMs = 5;
/** Of jobs at little load, so many go to the worker that had the one half a line before; measured likewise. */
const again = 0.27;
/** Runs of one size differ. */
const spread = 0.15;

/** A day of traffic through lists, batchers and the chart's autoscaling; the same for the same options. */
export function simulateDay(options: DayOptions): DayResult {
  const { traffic, chart, scaling, curves, podStartMs, objectiveMs } = options;
  const time = new VirtualTime();
  const random = seeded(traffic.seed + 2);
  const latencies = new LatencyHistogram();
  const counts = { requests: 0, lost: 0, late: 0 };
  const cluster = new VirtualCluster({
    time,
    curves,
    enginesPerPod: chart.enginesPerPod,
    maxBacklogMsPerEngine,
    deadlineMs,
    wayMs,
    startMs: startOfRace(again, wayMs),
    random,
    noise: () => 1 + spread * (2 * random() - 1),
    onAnswered({ payload }) {
      const ms = time.now() - payload.arrivedAt;
      latencies.add(ms);
      if (ms > objectiveMs) counts.late++;
    },
    onLost() {
      counts.lost++;
    },
  });
  const autoscaler = new Autoscaler(time, cluster, chart, scaling, podStartMs);
  const modelOf = new Map(curves.map(({ task, model }) => [task, model]));
  for (const arrival of arrivalsOf(traffic, modelOf)) {
    time.run(arrival.atMs);
    counts.requests++;
    cluster.submit(arrival);
  }
  const { podHours, mostReplicas, changes } = autoscaler;
  const paidMs = podHours * 3_600_000 * chart.enginesPerPod;
  const busyMs = cluster.busyMs;
  time.run(time.now() + 2 * deadlineMs);
  return {
    requests: counts.requests,
    missedShare: (counts.lost + counts.late) / counts.requests,
    lost: counts.lost,
    p50Ms: latencies.percentile(0.5),
    p95Ms: latencies.percentile(0.95),
    p99Ms: latencies.percentile(0.99),
    podHours,
    utilisation: busyMs / paidMs,
    mostPods: mostReplicas,
    changes,
  };
}
