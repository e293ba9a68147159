import type { DeliveryState } from '#contracts';

/** `whsec_` and 32 bytes in base64; the one before signs beside it for a while after a rotation. */
export interface WebhookSecrets {
  secret: string;
  createdAt: Date;
  previous?: { secret: string; validUntil: Date };
}

/** One event on its way to one receiver. */
export interface WebhookDelivery {
  id: string;
  jobId: string;
  event: string;
  url: string;
  state: DeliveryState;
  attempts: number;
  nextAttemptAt: Date;
  /** HTTP status of the last attempt, where there was a reply. */
  lastStatus: number | null;
  lastError: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

/** A delivery that is due, leased to one sender. */
export interface DueDelivery {
  tenantId: string;
  id: string;
  url: string;
  /** JSON, the same at every attempt. */
  body: string;
  /** Attempts made before this one. */
  attempts: number;
}

export type AttemptOutcome =
  | { state: 'delivered'; status: number }
  | { state: 'dead'; status: number | null; error: string }
  | { state: 'pending'; status: number | null; error: string; retryInMs: number };

export interface DeliveryPage {
  state?: DeliveryState;
  /** Id of the last delivery of the page before. */
  after?: string;
  limit: number;
}

/** Events that wait for their receivers, stored with the change they tell of, and the secrets that sign them. */
export abstract class WebhookStore {
  /** The tenant's secrets; `fresh` becomes its secret when there is none yet. */
  abstract secrets(tenantId: string, fresh: string): Promise<WebhookSecrets>;
  abstract rotate(tenantId: string, fresh: string, previousValidUntil: Date): Promise<WebhookSecrets>;
  /** Newest first. */
  abstract list(tenantId: string, page: DeliveryPage): Promise<WebhookDelivery[]>;
  /** Sends a delivery again, now and with all its attempts; undefined when there is none. */
  abstract replay(tenantId: string, id: string): Promise<WebhookDelivery | undefined>;

  /** Leases deliveries of any tenant that are due, first attempts first: dead receivers hold nobody up. */
  abstract claimDue(owner: string, leaseMs: number, limit: number): Promise<DueDelivery[]>;
  abstract settle(owner: string, delivery: DueDelivery, outcome: AttemptOutcome): Promise<void>;
}
