import { AppError, type Plan, type Principal } from '#kernel';
import type { Rate } from './gcra.js';

export function rateOf({ ratePerSecond, burst }: Plan): Rate | undefined {
  return ratePerSecond === null ? undefined : { perSecond: ratePerSecond, burst: burst ?? ratePerSecond };
}

/** Items that the plan can ever admit at once. */
export function mostItems({ plan }: Principal): number {
  const bounds = [plan.maxItems, rateOf(plan)?.burst ?? null, plan.concurrency].filter(
    (bound) => bound !== null,
  );
  return Math.floor(Math.min(Infinity, ...bounds));
}

/** More items than that are a wrong request: no waiting would help. */
export function tooManyItems(principal: Principal, items: number): AppError | undefined {
  const most = mostItems(principal);
  if (items <= most) return undefined;
  return new AppError('request.invalid', {
    detail: `${items} items, and the plan takes at most ${most} in a request: send several`,
    limit: { name: 'items', value: most, unit: 'items' },
  });
}
