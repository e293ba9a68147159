import { z } from 'zod';
import {
  WebhookStore,
  type AttemptOutcome,
  type DeliveryPage,
  type DueDelivery,
  type WebhookDelivery,
  type WebhookSecrets,
} from '#core';
import type { Prisma, WebhookDelivery as DeliveryRow } from './generated/client.js';
import { sealContexts } from './job-rows.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';
import type { Seal } from '#kernel';

/** What the sealed column holds. */
const storedSecret = z.object({
  secret: z.string(),
  previous: z.object({ secret: z.string(), validUntil: z.coerce.date() }).optional(),
});
type StoredSecret = z.infer<typeof storedSecret>;

/** Deliveries and secrets. A tenant's own as the tenant's role; deliveries that are due, of all, as the runner's. */
export class PrismaWebhookStore extends WebhookStore {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
  ) {
    super();
  }

  override secrets(tenantId: string, fresh: string): Promise<WebhookSecrets> {
    return this.asTenant(tenantId, async (transaction) => {
      const sealed = this.sealSecret(tenantId, { secret: fresh });
      await transaction.$executeRaw`
        INSERT INTO webhook_secrets (tenant_id, secret, created_at) VALUES (${tenantId}, ${sealed}, now())
        ON CONFLICT (tenant_id) DO NOTHING`;
      return this.readSecrets(transaction, tenantId);
    });
  }

  override rotate(tenantId: string, fresh: string, previousValidUntil: Date): Promise<WebhookSecrets> {
    return this.asTenant(tenantId, async (transaction) => {
      // Locks the row: of two rotations at once the second keeps the first one's secret as its previous.
      const held = await transaction.$queryRaw<{ secret: Uint8Array }[]>`
        SELECT secret FROM webhook_secrets WHERE tenant_id = ${tenantId} FOR UPDATE`;
      const [row] = held;
      const previous =
        row === undefined
          ? undefined
          : { secret: this.openSecret(tenantId, row.secret).secret, validUntil: previousValidUntil };
      const sealed = this.sealSecret(tenantId, {
        secret: fresh,
        ...(previous !== undefined && { previous }),
      });
      await transaction.$executeRaw`
        INSERT INTO webhook_secrets (tenant_id, secret, created_at) VALUES (${tenantId}, ${sealed}, now())
        ON CONFLICT (tenant_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at`;
      return this.readSecrets(transaction, tenantId);
    });
  }

  override list(tenantId: string, { state, after, limit }: DeliveryPage): Promise<WebhookDelivery[]> {
    return this.asTenant(tenantId, async (transaction) => {
      const rows = await transaction.webhookDelivery.findMany({
        where: {
          tenantId,
          ...(state !== undefined && { state }),
          ...(after !== undefined && { id: { lt: after } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
      });
      return rows.map((row) => this.toDelivery(row));
    });
  }

  override replay(tenantId: string, id: string): Promise<WebhookDelivery | undefined> {
    return this.asTenant(tenantId, async (transaction) => {
      const nextAttemptAt = new Date();
      const found = await transaction.webhookDelivery.updateMany({
        where: { tenantId, id },
        data: { state: 'pending', attempts: 0, nextAttemptAt, finishedAt: null },
      });
      if (found.count === 0) return undefined;
      const where = { tenantId_id: { tenantId, id } };
      return this.toDelivery(await transaction.webhookDelivery.findUniqueOrThrow({ where }));
    });
  }

  override async claimDue(owner: string, leaseMs: number, limit: number): Promise<DueDelivery[]> {
    const rows = await this.asRunner(
      (transaction) => transaction.$queryRaw<DueRow[]>`
        UPDATE webhook_deliveries SET leased_until = now() + ${leaseMs}::float8 * interval '1 ms', lease_owner = ${owner}
        WHERE (tenant_id, id) IN (
          SELECT tenant_id, id FROM webhook_deliveries
          WHERE state = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
          ORDER BY attempts, next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
        RETURNING tenant_id, id, job_id, url, body, attempts`,
    );
    return rows.map(({ tenant_id: tenantId, id, job_id: jobId, url, body, attempts }) => ({
      tenantId,
      id,
      url: this.openUrl(tenantId, jobId, url),
      body,
      attempts,
    }));
  }

  /** A replay that came meanwhile is kept: it asked for one more attempt than this one. */
  override async settle(owner: string, delivery: DueDelivery, outcome: AttemptOutcome): Promise<void> {
    const { tenantId, id, attempts } = delivery;
    const error = outcome.state === 'delivered' ? null : outcome.error;
    const pauseMs = outcome.state === 'pending' ? outcome.retryInMs : 0;
    await this.asRunner(
      (transaction) => transaction.$executeRaw`
        UPDATE webhook_deliveries SET state = ${outcome.state}::delivery_state, attempts = attempts + 1,
          next_attempt_at = now() + ${pauseMs}::float8 * interval '1 ms', leased_until = NULL, lease_owner = NULL,
          last_status = ${outcome.status}, last_error = ${error},
          finished_at = CASE WHEN ${outcome.state} = 'pending' THEN NULL ELSE now() END
        WHERE tenant_id = ${tenantId} AND id = ${id} AND lease_owner = ${owner} AND attempts = ${attempts}`,
    );
  }

  private async readSecrets(
    transaction: Prisma.TransactionClient,
    tenantId: string,
  ): Promise<WebhookSecrets> {
    const row = await transaction.webhookSecret.findUniqueOrThrow({ where: { tenantId } });
    const { secret, previous } = this.openSecret(tenantId, row.secret);
    return { secret, createdAt: row.createdAt, ...(previous !== undefined && { previous }) };
  }

  private sealSecret(tenantId: string, secret: StoredSecret): Uint8Array {
    return this.seal.seal(Buffer.from(JSON.stringify(secret)), secretContext(tenantId));
  }

  private openSecret(tenantId: string, sealed: Uint8Array): StoredSecret {
    return storedSecret.parse(JSON.parse(this.seal.open(sealed, secretContext(tenantId)).toString()));
  }

  private openUrl(tenantId: string, jobId: string, sealed: Uint8Array): string {
    return this.seal.open(sealed, sealContexts.webhook(tenantId, jobId)).toString();
  }

  private toDelivery({
    url,
    body,
    leasedUntil,
    leaseOwner,
    tenantId,
    ...same
  }: DeliveryRow): WebhookDelivery {
    return { ...same, url: this.openUrl(tenantId, same.jobId, url) };
  }

  private asTenant<T>(
    tenantId: string,
    work: (transaction: Prisma.TransactionClient) => Promise<T>,
  ): Promise<T> {
    return asRole(this.database, 'inferway_app', tenantId, work);
  }

  private asRunner<T>(work: (transaction: Prisma.TransactionClient) => Promise<T>): Promise<T> {
    return asRole(this.database, 'inferway_runner', undefined, work);
  }
}

interface DueRow {
  tenant_id: string;
  id: string;
  job_id: string;
  url: Uint8Array;
  body: string;
  attempts: number;
}

const secretContext = (tenantId: string) => `webhook_secrets\0${tenantId}`;
