import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '#kernel';
import { Bell } from '../jobs/bell.js';
import type { WebhookSender } from '../ports/webhook-sender.js';
import type { AttemptOutcome, DueDelivery, WebhookSecrets, WebhookStore } from '../ports/webhook-store.js';
import { attemptOutcome } from './attempt-outcome.js';
import { newWebhookSecret, signWebhook } from './sign-webhook.js';

export interface DeliverWebhooksOptions {
  /** Names this process among those that share the database. */
  owner: string;
  /** Longer than one attempt can take; what a dead process held is sent again after it. */
  leaseMs: number;
  /** Attempts under way at once. */
  concurrency: number;
  pollMs: number;
}

export interface DeliverWebhooksObserver {
  onAttempt(attempt: { outcome: AttemptOutcome['state'] }): void;
  onError(error: unknown): void;
}

/**
 * The loop that delivers webhooks, side by side in every process that runs jobs. At least once: a process that dies
 * between the receiver's answer and its record sends again, under the same `webhook-id`.
 */
export class DeliverWebhooks {
  private readonly bell = new Bell();
  private readonly active = new Set<Promise<void>>();
  private loop: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly store: WebhookStore,
    private readonly sender: WebhookSender,
    private readonly clock: Clock,
    private readonly random: () => number,
    private readonly options: DeliverWebhooksOptions,
    private readonly observer: DeliverWebhooksObserver,
  ) {}

  start(): void {
    this.loop = this.run();
  }

  /** There may be something to send. */
  wake(): void {
    this.bell.ring();
  }

  /** Starts no further attempt and waits `graceMs` for those under way; one that is cut off is sent again. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    this.bell.ring();
    await this.loop;
    const over = new AbortController();
    const grace = delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([grace, Promise.allSettled([...this.active])]);
    over.abort();
  }

  private async run(): Promise<void> {
    const { owner, leaseMs, concurrency, pollMs } = this.options;
    while (!this.stopped) {
      const free = concurrency - this.active.size;
      const due = free > 0 ? await this.claim(owner, leaseMs, free) : [];
      for (const delivery of due) this.track(delivery);
      if (due.length < free || free === 0) await this.bell.wait(pollMs);
    }
  }

  private async claim(owner: string, leaseMs: number, limit: number): Promise<DueDelivery[]> {
    try {
      return await this.store.claimDue(owner, leaseMs, limit);
    } catch (error) {
      this.observer.onError(error);
      return [];
    }
  }

  private track(delivery: DueDelivery): void {
    const attempt = this.attempt(delivery).catch((error: unknown) => this.observer.onError(error));
    this.active.add(attempt);
    void attempt.finally(() => {
      this.active.delete(attempt);
      this.bell.ring();
    });
  }

  private async attempt(delivery: DueDelivery): Promise<void> {
    const { tenantId, url, body } = delivery;
    const now = this.clock.now();
    const secrets = validSecrets(await this.store.secrets(tenantId, newWebhookSecret()), now);
    const headers = { 'content-type': 'application/json', ...signWebhook(delivery, secrets, now) };
    const reply = await this.sender.send({ url, headers, body });
    const outcome = attemptOutcome(reply, delivery.attempts + 1, this.random());
    await this.store.settle(this.options.owner, delivery, outcome);
    this.observer.onAttempt({ outcome: outcome.state });
  }
}

function validSecrets({ secret, previous }: WebhookSecrets, now: number): string[] {
  return previous !== undefined && previous.validUntil.getTime() > now ? [secret, previous.secret] : [secret];
}
