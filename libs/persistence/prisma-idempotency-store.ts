import { IdempotencyStore, type IdempotencyStart, type IdempotentRequest } from '#core';
import { AppError, type Seal } from '#kernel';
import type { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';
import { asRole } from './roles.js';

const rememberMs = 24 * 60 * 60 * 1_000;
/** The lock of an attempt that failed and said so. */
const abandonedAt = new Date(0);
/** Rows of one purge transaction: about as long as a request's own statements. */
const purgeRows = 500;
/** Most transactions of one purge, so that it ends however much has expired. */
const purgeTurns = 20;

/** Attempts and replies under an `Idempotency-Key`. A reply is sealed for its row; a body is known by its hash only. */
export class PrismaIdempotencyStore extends IdempotencyStore {
  constructor(
    private readonly database: Database,
    private readonly seal: Seal,
  ) {
    super();
  }

  override begin(request: IdempotentRequest): Promise<IdempotencyStart> {
    return this.asTenant(request.tenantId, async (transaction) => {
      const started = await claim(transaction, request);
      if (started !== undefined) return { state: 'started', requestId: started };
      // `claim` locked the row even though it did not take it, so it is still there and as it was.
      const held = await transaction.idempotentReply.findUniqueOrThrow({
        where: rowOf(request.tenantId, request.key),
      });
      return this.answer(request, held);
    });
  }

  override complete(tenantId: string, key: string, reply: unknown, now: number): Promise<void> {
    const sealed = this.seal.seal(Buffer.from(JSON.stringify(reply)), contextOf(tenantId, key));
    return this.asTenant(tenantId, async (transaction) => {
      // updateMany: an attempt that lost its row meanwhile has nothing to remember, which is no error.
      await transaction.idempotentReply.updateMany({
        where: { tenantId, key, reply: null },
        data: { reply: Uint8Array.from(sealed), expiresAt: new Date(now + rememberMs) },
      });
    });
  }

  override abandon(tenantId: string, key: string): Promise<void> {
    return this.asTenant(tenantId, async (transaction) => {
      await transaction.idempotentReply.updateMany({
        where: { tenantId, key, reply: null },
        data: { lockedUntil: abandonedAt },
      });
    });
  }

  /** Deletes expired rows of all tenants by the database's clock, at most 10,000 a call; resolves with how many. */
  override async purge(): Promise<number> {
    let deleted = 0;
    for (let turn = 0; turn < purgeTurns; turn++) {
      const count = await asRole(this.database, 'inferway_janitor', undefined, deleteExpired);
      deleted += count;
      if (count < purgeRows) break;
    }
    return deleted;
  }

  private answer(request: IdempotentRequest, held: Held): IdempotencyStart {
    if (Buffer.compare(held.bodyHash, request.bodyHash) !== 0) return { state: 'mismatch' };
    if (held.reply !== null) {
      const plain = this.seal.open(held.reply, contextOf(request.tenantId, request.key));
      return { state: 'replay', requestId: held.requestId, reply: JSON.parse(plain.toString()) };
    }
    const waitMs = held.lockedUntil.getTime() - request.now;
    return { state: 'in_flight', retryAfterS: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }

  private asTenant<T>(
    tenantId: string,
    work: (transaction: Prisma.TransactionClient) => Promise<T>,
  ): Promise<T> {
    if (tenantId === '')
      throw new AppError('internal', {}, { internal: { reason: 'a reply without a tenant' } });
    return asRole(this.database, 'inferway_app', tenantId, work);
  }
}

interface Held {
  bodyHash: Uint8Array;
  requestId: string;
  lockedUntil: Date;
  reply: Uint8Array | null;
}

/**
 * The one statement that decides who runs: a new key, an expired one (as if new), or one whose attempt crashed or failed
 * (no reply, lock over: the same body keeps its request id, under which usage may already stand). Only an attempt that
 * said that it failed gives its key free for another body.
 * Gives the request id to run under, or undefined when the row belongs to someone else.
 */
async function claim(
  transaction: Prisma.TransactionClient,
  request: IdempotentRequest,
): Promise<string | undefined> {
  const { tenantId, key, bodyHash, requestId } = request;
  const now = new Date(request.now).toISOString();
  const lockedUntil = new Date(request.lockedUntil).toISOString();
  const expiresAt = new Date(request.now + rememberMs).toISOString();
  const claimed = await transaction.$queryRaw<{ request_id: string }[]>`
    INSERT INTO idempotent_replies AS held (tenant_id, key, body_hash, request_id, locked_until, expires_at)
    VALUES (${tenantId}, ${key}, ${bodyHash}, ${requestId}, ${lockedUntil}::timestamptz, ${expiresAt}::timestamptz)
    ON CONFLICT (tenant_id, key) DO UPDATE SET
      request_id = CASE WHEN held.expires_at <= ${now}::timestamptz OR held.body_hash <> excluded.body_hash
        THEN excluded.request_id ELSE held.request_id END,
      body_hash = excluded.body_hash,
      locked_until = excluded.locked_until,
      expires_at = excluded.expires_at,
      reply = NULL
    WHERE held.expires_at <= ${now}::timestamptz
      OR (held.reply IS NULL AND held.locked_until <= ${now}::timestamptz
        AND (held.body_hash = excluded.body_hash OR held.locked_until = ${abandonedAt.toISOString()}::timestamptz))
    RETURNING request_id`;
  return claimed[0]?.request_id;
}

/** SKIP LOCKED would need the right to update; two janitors at once only wait for each other. */
function deleteExpired(transaction: Prisma.TransactionClient): Promise<number> {
  return transaction.$executeRaw`
    DELETE FROM idempotent_replies WHERE (tenant_id, key) IN (
      SELECT tenant_id, key FROM idempotent_replies WHERE expires_at <= now() ORDER BY expires_at LIMIT ${purgeRows}
    )`;
}

const rowOf = (tenantId: string, key: string) => ({ tenantId_key: { tenantId, key } });

/** A sealed reply opens in its own row only. */
const contextOf = (tenantId: string, key: string) => `idempotent_replies\0${tenantId}\0${key}`;
