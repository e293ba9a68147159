import { loadServeConfig } from '#config';
import { runBareLoops } from '../bare/bare-loops.js';
import { workloads } from '../workloads.js';
import { measureStep, type BareCpu } from './measure-step.js';
import type { Profile } from './profile.js';
import { findSaturation, isRampOver, isSaturated, rampRates, type Saturation } from './saturation.js';
import type { Step } from './step.js';
import type { Target } from './target.js';

export interface LoadResult {
  profile: Profile;
  target: string;
  saturation: Saturation;
  bareCpuMs: BareCpu;
  steps: readonly Step[];
}

const bareSeconds = 0.5;

/** Raises the load step by step until answers fall behind, the ramp ends or its bound is reached. */
export async function runProfile(
  profile: Profile,
  target: Target,
  tell: (line: string) => void,
): Promise<LoadResult> {
  const { ramp, bounds } = profile;
  const isOurs = target.pids().length > 0;
  const bareCpuMs = isOurs ? await measureBareCpu(profile) : {};
  const steps: Step[] = [];
  let sent = 0;
  // The compiler has not seen the code yet and connections are not open: the first load goes unmeasured once.
  await measureStep(target, profile, ramp.fromPerSecond, {});
  for (const perSecond of rampRates(ramp)) {
    sent += perSecond * (ramp.settleSeconds + ramp.measureSeconds);
    if (sent > bounds.maxRequests) {
      tell(`ends here: ${bounds.maxRequests} requests are the bound of this profile`);
      break;
    }
    const step = await measureStep(target, profile, perSecond, bareCpuMs);
    steps.push(step);
    tell(stepLine(step));
    if (isRampOver(steps)) break;
  }
  return {
    profile,
    target: target.description,
    saturation: findSaturation(steps, profile.target),
    bareCpuMs,
    steps,
  };
}

/** A figure and what it means, for the terminal and the page. */
export interface Finding {
  figure: string;
  meaning: string;
}

/** What a reader wants to know first. */
export function findings({ saturation, steps, profile: { target } }: LoadResult): Finding[] {
  const { capacityPerSecond, withinTargetPerSecond, saturatedAtPerSecond } = saturation;
  const perSecond = (rate?: number) => (rate === undefined ? 'none' : `${rate.toFixed(0)}/s`);
  const efficiencies = steps.flatMap(({ cpu }) => cpu?.efficiency ?? []);
  const leastFair = Math.min(...steps.map(({ fairness }) => fairness));
  return [
    { figure: perSecond(capacityPerSecond), meaning: 'the most that was answered' },
    { figure: perSecond(withinTargetPerSecond), meaning: `the most with p95 within ${target.p95Ms} ms` },
    { figure: perSecond(saturatedAtPerSecond), meaning: 'offered where answers fell behind' },
    ...(Number.isFinite(leastFair)
      ? [{ figure: leastFair.toFixed(2), meaning: 'fairness at the least' }]
      : []),
    ...(efficiencies.length > 0
      ? [{ figure: Math.max(...efficiencies).toFixed(2), meaning: 'CPU efficiency at the best' }]
      : []),
  ];
}

function stepLine(step: Step): string {
  const { offeredPerSecond, achievedPerSecond, p50Ms, p95Ms, p99Ms, errorShare, fairness } = step;
  const latency = [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(0)).join('/');
  const verdict = isSaturated(step) ? ', saturated' : '';
  return (
    `offered ${offeredPerSecond.toFixed(0)}/s, achieved ${achievedPerSecond.toFixed(0)}/s, p50/95/99 ${latency} ms, ` +
    `errors ${(100 * errorShare).toFixed(1)} %, fairness ${fairness.toFixed(2)}${verdict}`
  );
}

/** On a machine that serves nothing yet, the best of all batch sizes. */
async function measureBareCpu({ mix }: Profile): Promise<BareCpu> {
  const { models } = loadServeConfig().engines;
  const best: Record<string, number> = {};
  for (const workload of workloads.filter(({ task }) => mix[task] !== undefined)) {
    const { results } = await runBareLoops(models, workload, bareSeconds);
    best[workload.task] = Math.min(...results.map(({ cpuMsPerItem }) => cpuMsPerItem));
  }
  return best;
}
