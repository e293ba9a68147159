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

/** A day that every database and `Date` can hold: Postgres knows no year 0, JavaScript none past 275760. */
const usageDay = z.iso
  .date({ abort: true })
  .refine((day) => day.startsWith('2'), 'must be a day from 2000-01-01 to 2999-12-31')
  .meta({ override: { type: 'string', format: 'date', pattern: '^2' } });

/** Inclusive UTC days. */
export const usageQuery = z.object({
  from: usageDay.optional().describe('first UTC day, default 30 days ago'),
  to: usageDay.optional().describe('last UTC day, default today'),
  task: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9-]*$/, 'must be the id of a task')
    .optional()
    .describe('id of a task, such as `translate`'),
});
export type UsageQuery = z.infer<typeof usageQuery>;

export const usageReport = z.object({ usage: z.array(usageBucket) }).meta({ id: 'UsageReport' });
