import { closedLoop } from '../http/closed-loop.js';
import { createTenant, type Installation, type Tenant } from '../http/create-tenant.js';
import { letLoose } from '../http/crowd.js';
import { percentile } from '../stats.js';
import type { Workload } from '../workloads.js';
import type { Goal } from './goal.js';

/** Enough that two such tenants keep every engine busy. */
const clients = 8;
const times = 50;
const heavyClients = 100;
const settlingS = 2;
/** Enough answers that a batch more or less of one tenant is within the tolerance. */
const leastS = 6;
const tolerance = 0.05;

export interface Tenants {
  one: Tenant;
  other: Tenant;
  ofWeightTwo: Tenant;
}

export async function benchTenants(installation: Installation): Promise<Tenants> {
  return {
    one: await createTenant(installation, 'one'),
    other: await createTenant(installation, 'other'),
    ofWeightTwo: await createTenant(installation, 'of weight two', { weight: 2 }),
  };
}

/** p95 of a tenant while another goes from the same load to 50 times as much, over what it was before. */
export async function noisyNeighbour(
  { one, other }: Tenants,
  workload: Workload,
  seconds: number,
): Promise<Goal> {
  const p95Beside = async (neighbours: number) => {
    const { urls, apiKey } = other;
    const { task } = workload;
    const crowd = await letLoose({ urls, apiKey, task, clients: neighbours, seconds: seconds + 1 });
    await closedLoop(one, workload, clients, 1);
    const { latenciesMs } = await closedLoop(one, workload, clients, seconds);
    await crowd.ended;
    return percentile(latenciesMs, 0.95);
  };
  const alone = await closedLoop(one, workload, clients, 1);
  const p95Ms = await p95Beside(clients);
  const p95At50TimesMs = await p95Beside(clients * times);
  return {
    name: `p95 beside a tenant at 50 times the load, ${workload.task}`,
    value: p95At50TimesMs / p95Ms,
    unit: '×',
    atMost: 1.5,
    facts: { p95AloneMs: percentile(alone.latenciesMs, 0.95), p95Ms, p95At50TimesMs },
  };
}

/**
 * Answers of two heavy tenants with weights 1 and 2, as their clients count them while both are at work: not in the
 * first seconds, when the waiting lists fill, nor after the last request, when each gets all it still has to come.
 */
export async function sharesByWeight(
  { one, ofWeightTwo }: Tenants,
  workload: Workload,
  seconds: number,
): Promise<Goal> {
  const from = performance.now() + settlingS * 1_000;
  const countedS = Math.max(seconds, leastS);
  const until = from + countedS * 1_000;
  const [light = NaN, heavy = NaN] = await Promise.all(
    [one, ofWeightTwo].map(async (tenant) => {
      const { answeredAt } = await closedLoop(tenant, workload, heavyClients, settlingS + countedS, {
        mayRefuse: true,
      });
      return answeredAt.filter((at) => at >= from && at < until).length;
    }),
  );
  return {
    name: `answers of weight 2 to weight 1, ${workload.task}`,
    value: heavy / light,
    unit: '×',
    atLeast: 2 * (1 - tolerance),
    atMost: 2 * (1 + tolerance),
    facts: { answersOfWeight1: light, answersOfWeight2: heavy },
  };
}
