import type { Outcome } from '../http/send-on-time.js';
import { percentile } from '../stats.js';
import { fairShares, jainIndex } from './fair-shares.js';
import type { Profile } from './profile.js';
import type { Scheduled } from './schedule.js';
import type { Step, TaskFigures, TenantFigures } from './step.js';

type Outcomes = readonly Outcome<Scheduled>[];
type Load = Omit<Step, 'batches' | 'cpu'>;

/**
 * What the clients saw of a step. Requests that were due in its measured part count with their latency, whenever they
 * were answered; answers that came in it count as achieved, whenever their request was due.
 */
export function summariseStep(
  outcomes: Outcomes,
  { tenants, mix, ramp }: Pick<Profile, 'tenants' | 'mix' | 'ramp'>,
): Load {
  const fromMs = 1_000 * ramp.settleSeconds;
  const untilMs = fromMs + 1_000 * ramp.measureSeconds;
  const isWithin = (ms: number) => ms >= fromMs && ms < untilMs;
  const due = outcomes.filter(({ sending }) => isWithin(sending.dueMs));
  const answered = outcomes.filter(
    ({ sending, latencyMs, code }) => code === 'ok' && isWithin(sending.dueMs + latencyMs),
  );
  const perSecond = (those: Outcomes) => those.length / ramp.measureSeconds;
  const refused = due.filter(({ code }) => code !== 'ok');
  const byTenant = figuresByTenant(due, answered, tenants, perSecond);
  return {
    offeredPerSecond: perSecond(due),
    achievedPerSecond: perSecond(answered),
    requests: due.length,
    errorShare: due.length === 0 ? 0 : refused.length / due.length,
    errors: countBy(refused, ({ code }) => code),
    ...latencies(due),
    clientLateP99Ms: percentile(
      due.map(({ lateMs }) => lateMs),
      0.99,
    ),
    tasks: Object.fromEntries(
      Object.keys(mix).map((task) => [task, taskFigures(due.filter(({ sending }) => sending.task === task))]),
    ),
    tenants: byTenant,
    fairness: jainIndex(Object.values(byTenant).map(shareOfDue)),
  };
}

/** What a tenant got of what it was due; one that asked for nothing lacks nothing. */
export function shareOfDue({ achievedPerSecond, duePerSecond }: TenantFigures): number {
  return duePerSecond === 0 ? 1 : achievedPerSecond / duePerSecond;
}

function figuresByTenant(
  due: Outcomes,
  answered: Outcomes,
  tenants: Profile['tenants'],
  perSecond: (those: Outcomes) => number,
): Record<string, TenantFigures> {
  const figures = tenants.map(({ name, weight }) => {
    const isTheirs = ({ sending }: Outcome<Scheduled>) => sending.tenant === name;
    const theirs = due.filter(isTheirs);
    return {
      name,
      weight,
      offeredPerSecond: perSecond(theirs),
      achievedPerSecond: perSecond(answered.filter(isTheirs)),
      p95Ms: latencies(theirs).p95Ms,
    };
  });
  const demands = figures.map(({ weight, offeredPerSecond }) => ({ weight, perSecond: offeredPerSecond }));
  const shares = fairShares(perSecond(answered), demands);
  return Object.fromEntries(
    figures.map(({ name, ...figure }, index) => [name, { ...figure, duePerSecond: shares[index] ?? 0 }]),
  );
}

function taskFigures(due: Outcomes): TaskFigures {
  const { p50Ms, p95Ms } = latencies(due);
  return { answered: due.filter(({ code }) => code === 'ok').length, p50Ms, p95Ms };
}

/** Of what was answered. */
function latencies(due: Outcomes) {
  const ms = due.flatMap(({ code, latencyMs }) => (code === 'ok' ? [latencyMs] : []));
  return { p50Ms: percentile(ms, 0.5), p95Ms: percentile(ms, 0.95), p99Ms: percentile(ms, 0.99) };
}

function countBy<T>(values: readonly T[], key: (value: T) => string): Record<string, number> {
  const groups = Map.groupBy(values, key);
  return Object.fromEntries([...groups].map(([name, group]) => [name, group.length]));
}
