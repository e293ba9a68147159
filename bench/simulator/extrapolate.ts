import type { ServiceCurve } from './service-curve.js';
import { runMs } from './service-curve.js';

/** What a request costs beside the engines, as docs/benchmarks.md measured it on one machine. */
const measured = {
  /** CPU of Redis a request; Redis runs scripts on one core. */
  redisMs: 0.346,
  /** Jobs a second through one Redis, with nothing to do and gateway and workers on the same two cores. */
  redisJobsPerSecond: 3_640,
  /** CPU of the gateways an item. */
  gatewayMs: 0.5,
};
/** Of a core or a Redis, so that a burst finds room. */
const planned = 0.7;

export interface Extrapolation {
  workers: number;
  requestsPerSecond: number;
  gatewayCores: number;
  /** That have to share the jobs. */
  redisServers: number;
}

/** What workers that are all at work ask of the parts that they share. @param itemsPerJob of a request with an array */
export function extrapolate(
  workers: number,
  enginesPerWorker: number,
  curves: readonly ServiceCurve[],
  mix: Readonly<Record<string, number>>,
  itemsPerJob = 1,
): Extrapolation {
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  const meanMs = curves.reduce((sum, curve) => {
    return sum + ((mix[curve.task] ?? 0) / total) * (runMs(curve, curve.maxRows) / curve.maxRows);
  }, 0);
  const requestsPerSecond = (planned * workers * enginesPerWorker * 1_000) / meanMs / itemsPerJob;
  const redisPerSecond = planned * Math.min(1_000 / measured.redisMs, measured.redisJobsPerSecond);
  return {
    workers,
    requestsPerSecond,
    gatewayCores: (requestsPerSecond * itemsPerJob * measured.gatewayMs) / 1_000 / planned,
    redisServers: Math.ceil(requestsPerSecond / redisPerSecond),
  };
}
