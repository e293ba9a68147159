import { z } from 'zod';

/** What a task is billed in. */
export const unit = z.enum(['characters', 'images']).meta({ id: 'Unit' });
export type Unit = z.infer<typeof unit>;

/** Billed amount of one reply. */
export const usageAmount = z.object({ unit, amount: z.int().nonnegative() }).meta({ id: 'UsageAmount' });
export type UsageAmount = z.infer<typeof usageAmount>;

/** Usage of one day and task, as `GET /v1/usage` reports it. */
export const usageBucket = z
  .object({
    day: z.iso.date().describe('UTC day'),
    task: z.string(),
    unit,
    amount: z.int().nonnegative().describe('billed units'),
    items: z.int().nonnegative(),
    computeMs: z.number().nonnegative().describe("this tenant's share of engine time"),
  })
  .meta({ id: 'UsageBucket' });
export type UsageBucket = z.infer<typeof usageBucket>;

/** Inclusive UTC days. */
export const usageQuery = z.object({
  from: z.iso.date().optional().describe('first UTC day, default 30 days ago'),
  to: z.iso.date().optional().describe('last UTC day, default today'),
  task: z.string().max(64).optional(),
});
export type UsageQuery = z.infer<typeof usageQuery>;

export const usageReport = z.object({ usage: z.array(usageBucket) }).meta({ id: 'UsageReport' });
