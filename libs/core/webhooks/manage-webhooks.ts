import { z } from 'zod';
import type { DeliveryList, DeliveryQuery, DeliveryView, WebhookSecretView } from '#contracts';
import { AppError, type Clock } from '#kernel';
import { readCursor, writeCursor } from '../page-cursor.js';
import { WebhookStore, type WebhookDelivery, type WebhookSecrets } from '../ports/webhook-store.js';
import { newWebhookSecret } from './sign-webhook.js';

/** How long webhooks carry the old signature beside the new one, so that a receiver can change without a gap. */
const overlapMs = 24 * 60 * 60 * 1_000;

const place = z.object({ id: z.string() });

/** A tenant's own webhooks: their secret, what became of each delivery, sending one again. */
export class ManageWebhooks {
  constructor(
    private readonly store: WebhookStore,
    private readonly clock: Clock,
    private readonly onReplayed: () => void,
  ) {}

  /** Made when it is first asked for. */
  async secret(tenantId: string): Promise<WebhookSecretView> {
    return this.view(await this.store.secrets(tenantId, newWebhookSecret()));
  }

  async rotateSecret(tenantId: string): Promise<WebhookSecretView> {
    const validUntil = new Date(this.clock.now() + overlapMs);
    return this.view(await this.store.rotate(tenantId, newWebhookSecret(), validUntil));
  }

  /** @throws AppError `request.invalid` for a foreign cursor */
  async list(tenantId: string, { cursor, limit, state }: DeliveryQuery): Promise<DeliveryList> {
    const after = cursor === undefined ? undefined : readCursor(place, cursor).id;
    const deliveries = await this.store.list(tenantId, {
      limit,
      ...(after !== undefined && { after }),
      ...(state !== undefined && { state }),
    });
    const last = deliveries.at(-1);
    return {
      deliveries: deliveries.map(toDeliveryView),
      ...(last !== undefined && deliveries.length === limit && { nextCursor: writeCursor({ id: last.id }) }),
    };
  }

  /** @throws AppError `resource.not_found` */
  async replay(tenantId: string, id: string): Promise<DeliveryView> {
    const delivery = await this.store.replay(tenantId, id);
    if (delivery === undefined)
      throw new AppError('resource.not_found', { detail: 'There is no such delivery' });
    this.onReplayed();
    return toDeliveryView(delivery);
  }

  private view({ secret, createdAt, previous }: WebhookSecrets): WebhookSecretView {
    const overlaps = previous !== undefined && previous.validUntil.getTime() > this.clock.now();
    return {
      secret,
      createdAt: createdAt.toISOString(),
      ...(overlaps && { previousValidUntil: previous.validUntil.toISOString() }),
    };
  }
}

function toDeliveryView(delivery: WebhookDelivery): DeliveryView {
  const { id, jobId, event, url, state, attempts, lastStatus, lastError, createdAt, finishedAt } = delivery;
  return {
    id,
    jobId,
    event,
    url,
    state,
    attempts,
    ...(state === 'pending' && { nextAttemptAt: delivery.nextAttemptAt.toISOString() }),
    ...(lastStatus !== null && { lastStatus }),
    ...(lastError !== null && { lastError }),
    createdAt: createdAt.toISOString(),
    ...(finishedAt !== null && { finishedAt: finishedAt.toISOString() }),
  };
}
