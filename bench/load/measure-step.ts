import { cpuMs, machineCpuMs } from '../http/process-tree.js';
import { sendOnTime, type Outcome } from '../http/send-on-time.js';
import { batchesBetween } from '../http/server-metrics.js';
import { workloads } from '../workloads.js';
import type { Profile } from './profile.js';
import { schedule, type Scheduled } from './schedule.js';
import type { CpuFigures, Step } from './step.js';
import { summariseStep } from './summarise-step.js';
import type { Target } from './target.js';

/** Best CPU milliseconds an item of the bare loop, by task. */
export type BareCpu = Readonly<Record<string, number>>;

/** One step: sends, waits for every answer, and counts what the server spent meanwhile. */
export async function measureStep(
  target: Target,
  profile: Profile,
  perSecond: number,
  bareCpuMs: BareCpu,
): Promise<Step> {
  const requests = schedule(profile, target.callers, perSecond);
  const metricsBefore = await target.metrics();
  const readCpu = cpuMeter(target.pids());
  const outcomes = await sendOnTime(requests, profile.bounds.maxUnanswered);
  const spent = readCpu();
  const metricsAfter = await target.metrics();
  const asked = workloads.filter(({ task }) => profile.mix[task] !== undefined);
  return {
    ...summariseStep(outcomes, profile),
    ...(metricsBefore !== undefined &&
      metricsAfter !== undefined && {
        batches: Object.fromEntries(
          asked.map(({ model }) => [model, batchesBetween(metricsBefore, metricsAfter, model)]),
        ),
      }),
    ...(spent && { cpu: cpuFigures(spent, outcomes, bareCpuMs) }),
  };
}

interface Spent {
  ourMs: number;
  othersMs: number;
  wallMs: number;
}

function cpuMeter(pids: readonly number[]): () => Spent | undefined {
  const read = () => {
    const ourMs = cpuMs(pids);
    return { ourMs, othersMs: machineCpuMs() - ourMs - cpuMs([process.pid]), wallMs: performance.now() };
  };
  if (pids.length === 0) return () => undefined;
  const before = read();
  return () => {
    const after = read();
    return {
      ourMs: after.ourMs - before.ourMs,
      othersMs: after.othersMs - before.othersMs,
      wallMs: after.wallMs - before.wallMs,
    };
  };
}

/** Of the whole step, its settling and its tail included: CPU cannot be told apart by request. */
function cpuFigures(
  { ourMs, othersMs, wallMs }: Spent,
  outcomes: readonly Outcome<Scheduled>[],
  bareCpuMs: BareCpu,
): CpuFigures {
  const answered = outcomes.filter(({ code }) => code === 'ok');
  const bareMs = answered.reduce((sum, { sending }) => sum + (bareCpuMs[sending.task] ?? NaN), 0);
  return {
    msPerAnswer: ourMs / answered.length,
    cores: ourMs / wallMs,
    coresOfOthers: othersMs / wallMs,
    ...(Number.isFinite(bareMs) && { efficiency: bareMs / ourMs }),
  };
}
