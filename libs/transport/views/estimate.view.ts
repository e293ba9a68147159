import { z } from 'zod';
import { estimateView, type EstimateView, type LimitView, type TaskContract } from '#contracts';
import type { Estimate, LimitStanding, RequestEstimate } from '#core';
import type { PublicFacts } from '#kernel';
import { limits } from './limits.js';

/** `POST /v1/estimate` */
export const estimateReply = estimateView.extend({ requestId: z.string() }).meta({ id: 'EstimateReply' });

export function toEstimateView(
  task: TaskContract,
  { items, units, cost, standings, refusal }: RequestEstimate,
): EstimateView {
  return {
    task: task.id,
    items,
    usage: { unit: task.unit, amount: units },
    ...(cost && { cost }),
    admitted: refusal === undefined,
    ...(refusal && { refusal: { code: refusal.code, detail: refusal.message, ...pick(refusal.facts) } }),
    limits: standings.map(toLimitView),
  };
}

/** What the tenant must keep to: its plan's limits first, then those of every caller. */
export function limitsOf({ standings, maxItems }: Estimate): LimitView[] {
  const everybody = limits.limits.map((limit) =>
    limit.name === 'items' ? { ...limit, value: Math.min(limit.value, maxItems) } : limit,
  );
  return [...standings.map(toLimitView), ...everybody];
}

function toLimitView({
  name,
  limit,
  unit,
  description,
  remaining,
  windowS,
  resetS,
}: LimitStanding): LimitView {
  return {
    name,
    value: limit,
    unit,
    description,
    remaining,
    ...(windowS !== undefined && { windowS }),
    ...(resetS !== undefined && { resetS }),
  };
}

function pick({ limit, retryAfterS }: PublicFacts): Pick<PublicFacts, 'limit' | 'retryAfterS'> {
  return { ...(limit && { limit }), ...(retryAfterS !== undefined && { retryAfterS }) };
}
