import { z } from 'zod';
import { taskId } from './price.js';

/** What a task is billed in. */
export const unit = z.enum(['characters', 'images']).meta({ id: 'Unit' });
export type Unit = z.infer<typeof unit>;

/** Billed amount of one reply. */
export const usageAmount = z.object({ unit, amount: z.int().nonnegative() }).meta({ id: 'UsageAmount' });
export type UsageAmount = z.infer<typeof usageAmount>;

/** How long a bucket of a report is, in UTC. */
export const usageBucketLength = z.enum(['hour', 'day', 'month']).meta({ id: 'UsageBucketLength' });
export type UsageBucketLength = z.infer<typeof usageBucketLength>;

/** What a bucket of a report is split by. */
export const usageGroup = z.enum(['task', 'key', 'model', 'status']).meta({ id: 'UsageGroup' });
export type UsageGroup = z.infer<typeof usageGroup>;

/** Usage of one bucket of time, task and unit, and of one key, model or status where the report is split by it. */
export const usageBucket = z
  .object({
    day: z.iso.date().describe('UTC day in which the bucket starts'),
    start: z.iso.datetime().describe('start of the bucket, UTC'),
    task: z.string(),
    unit,
    keyId: z.string().optional().describe('with `groupBy` key'),
    model: z
      .string()
      .optional()
      .describe('with `groupBy` model: `name@revision`, empty where an item failed before it had one'),
    status: z.string().optional().describe('with `groupBy` status: `ok` or the error code of the items'),
    amount: z.int().nonnegative().describe('billed units: exact, as a sum beyond 2^53 - 1 is refused'),
    items: z.int().nonnegative(),
    computeMs: z.number().nonnegative().describe("this tenant's share of engine time, to the microsecond"),
  })
  .meta({ id: 'UsageBucket' });
export type UsageBucket = z.infer<typeof usageBucket>;

/** A day that every database and `Date` can hold: Postgres knows no year 0, JavaScript none past 275760. */
const usageDay = z.iso
  .date({ abort: true })
  .refine((day) => day.startsWith('2'), 'must be a day from 2000-01-01 to 2999-12-31')
  .meta({ override: { type: 'string', format: 'date', pattern: '^2' } });

/** Most buckets of one page, and how many there are when the caller does not say: a year of days of a dozen tasks. */
export const maxUsagePage = 10_000;
export const defaultUsagePage = 5_000;

/** Inclusive UTC days. */
export const usageQuery = z.object({
  from: usageDay.optional().describe('first UTC day, default 30 days ago'),
  to: usageDay.optional().describe('last UTC day, default today'),
  task: taskId().optional().describe('id of a task, such as `translate`'),
  bucket: usageBucketLength.default('day'),
  groupBy: z
    .array(usageGroup)
    .max(usageGroup.options.length)
    .default(['task'])
    .meta({ param: { explode: false } })
    .describe('what to split by, beside task and unit, whose amounts do not add up and are always apart'),
  cursor: z.string().max(1_024).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxUsagePage)
    .default(defaultUsagePage)
    .meta({ override: { type: 'integer', minimum: 1, maximum: maxUsagePage, default: defaultUsagePage } }),
});
export type UsageQuery = z.infer<typeof usageQuery>;

export const usageReport = z
  .object({
    usage: z.array(usageBucket).describe('oldest first'),
    nextCursor: z.string().optional().describe('absent when there is nothing more to come'),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof usageReport>;
