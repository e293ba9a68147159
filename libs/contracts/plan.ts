import { z } from 'zod';
import { displayName, planId, retentionDays, weight } from './tenant.js';

/** An origin as browsers send it, or `*`. */
const corsOrigin = z.union([
  z.literal('*'),
  z.url({ protocol: /^[a-z][a-z0-9+.-]*$/ }).refine(isOrigin, notOrigin()),
]);

/** `https://shop.example`, without a path and in the spelling of browsers. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

export function notOrigin(): string {
  return 'must be an origin such as https://shop.example, without a path';
}

const positive = z.int().min(1).max(1_000_000_000);

const limits = {
  name: displayName,
  ratePerSecond: z
    .number()
    .min(0.001)
    .max(1_000_000)
    .nullable()
    .describe('items a second, sustained; null: no limit. A request of 8 texts costs 8'),
  burst: positive.nullable().describe('items at once; given with a rate, null without'),
  concurrency: positive.nullable().describe('items of a tenant in work at one time; null: no limit'),
  monthlyUnits: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the id of a task'), z.int().min(0))
    .describe('hard monthly quota by task, in its unit; a task left out has none'),
  softThreshold: z
    .number()
    .min(0.01)
    .max(1)
    .describe('part of a quota or budget that counts as nearly used up'),
  maxItems: positive.nullable().describe('most items of one request; null: the server’s own bound'),
  weight: weight.describe('fair share relative to other tenants'),
  retentionDays: retentionDays.describe('days that jobs are kept'),
  corsOrigins: z
    .array(corsOrigin)
    .max(100)
    .describe('origins whose pages may call from a browser; `*` for all'),
};

/** A plan to be; what is left out is as in the standard plan. */
export const planRequest = z.object({
  id: planId,
  name: limits.name.exactOptional(),
  ratePerSecond: limits.ratePerSecond.exactOptional(),
  burst: limits.burst.exactOptional(),
  concurrency: limits.concurrency.exactOptional(),
  monthlyUnits: limits.monthlyUnits.exactOptional(),
  softThreshold: limits.softThreshold.exactOptional(),
  maxItems: limits.maxItems.exactOptional(),
  weight: limits.weight.exactOptional(),
  retentionDays: limits.retentionDays.exactOptional(),
  corsOrigins: limits.corsOrigins.exactOptional(),
});
export type PlanRequest = z.output<typeof planRequest>;

/** What changes; what is left out stays. */
export const planChange = planRequest.omit({ id: true });
export type PlanChange = z.output<typeof planChange>;

export const planView = z.object({ id: planId, ...limits, name: z.string() }).meta({ id: 'Plan' });
