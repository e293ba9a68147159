import { z } from 'zod';
import { pageQuery } from './job.js';

const time = () => z.iso.datetime().describe('RFC 3339, UTC');

export const deliveryState = z
  .enum(['pending', 'delivered', 'dead'])
  .meta({ id: 'DeliveryState', description: '`dead`: every attempt failed; it can be replayed' });
export type DeliveryState = z.infer<typeof deliveryState>;

/** One event for one receiver, as its tenant sees it. */
export const deliveryView = z
  .object({
    id: z.string().describe('the `webhook-id` of every attempt'),
    jobId: z.string(),
    event: z.string().describe('`job.succeeded`, `job.cancelled` or `job.expired`'),
    url: z.string(),
    state: deliveryState,
    attempts: z.int().min(0).max(2_147_483_647),
    nextAttemptAt: time().optional(),
    lastStatus: z.int().min(0).max(999).optional().describe('HTTP status of the last attempt'),
    lastError: z.string().optional(),
    createdAt: time(),
    finishedAt: time().optional(),
  })
  .meta({ id: 'WebhookDelivery' });
export type DeliveryView = z.infer<typeof deliveryView>;

export const deliveryList = z
  .object({ deliveries: z.array(deliveryView).describe('newest first'), nextCursor: z.string().optional() })
  .meta({ id: 'WebhookDeliveryList' });
export type DeliveryList = z.infer<typeof deliveryList>;

export const deliveryQuery = pageQuery.extend({ state: deliveryState.optional() });
export type DeliveryQuery = z.infer<typeof deliveryQuery>;

/** What a tenant's webhooks are signed with. After a rotation they carry the old signature too, for a while. */
export const webhookSecretView = z
  .object({
    secret: z.string().describe('`whsec_` and base64, as Standard Webhooks libraries take it'),
    createdAt: time(),
    previousValidUntil: time()
      .optional()
      .describe('until when webhooks are signed with the secret before, too'),
  })
  .meta({ id: 'WebhookSecret' });
export type WebhookSecretView = z.infer<typeof webhookSecretView>;
