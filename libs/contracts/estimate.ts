import { z } from 'zod';
import { json } from './json.js';
import { micros } from './price.js';
import { usageAmount } from './usage.js';
import { plannedVideo } from './video.js';

/** One limit: what every caller must keep to, or what the tenant's plan says and what is left of it. */
export const limitView = z
  .object({
    name: z.string(),
    value: z.number(),
    unit: z.string(),
    description: z.string(),
    remaining: z.number().optional().describe('what is left now, of a limit of the tenant’s plan'),
    windowS: z.number().optional().describe('what it counts over, seconds'),
    resetS: z.number().optional().describe('when there is more, in seconds'),
  })
  .meta({ id: 'Limit' });
export type LimitView = z.infer<typeof limitView>;

/** The body of `POST /v1/estimate`: one of `input` and `video`. */
export const estimateQuery = z
  .object({
    task: z.string().min(1).max(64).describe('id of the task, such as `translate`'),
    input: json().optional().describe('what the body of the task’s own endpoint would be'),
    video: plannedVideo
      .optional()
      .describe('in place of an input: a video whose frames the task `detect-objects` would look at'),
  })
  .meta({ id: 'EstimateRequest' });

const refusal = z
  .object({
    code: z.string(),
    detail: z.string(),
    limit: z
      .object({ name: z.string(), value: z.number(), unit: z.string() })
      .meta({ id: 'MetLimit' })
      .optional(),
    retryAfterS: z.number().optional(),
  })
  .meta({ id: 'Refusal' });

/** What a request would cost at most, and whether it would be admitted now. */
export const estimateView = z.object({
  task: z.string(),
  items: z
    .int()
    .min(0)
    .max(1_000_000)
    .describe(
      'what counts towards rate and concurrency; of a video the frames at most, which count towards neither',
    ),
  /** Billed units at most. */
  usage: usageAmount,
  cost: z
    .object({ micros: micros().describe('millionths of the currency'), currency: z.string() })
    .meta({ id: 'Cost' })
    .optional()
    .describe('at most; absent where the task has no price'),
  admitted: z.boolean().describe('whether the tenant’s limits would admit it now'),
  refusal: refusal.optional().describe('why not'),
  limits: z.array(limitView).describe('where the tenant’s limits stand; nothing is taken'),
});
export type EstimateView = z.infer<typeof estimateView>;
