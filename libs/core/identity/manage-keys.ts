import { z } from 'zod';
import type { KeyRequest, KeyView, NewKeyView, PageQuery } from '#contracts';
import { AppError, type Clock } from '#kernel';
import { readCursor, writeCursor } from '../page-cursor.js';
import { KeyStore, type StoredKey } from '../ports/key-store.js';
import { auditEvent, type Operator } from '../tenancy/operator.js';
import { generateApiKey, hashApiKey } from './api-key.js';
import { checkScopes } from './scopes.js';

const place = z.object({
  createdAt: z.iso.datetime().transform((text) => new Date(text)),
  id: z.string(),
});

/** Keys for operators: the CLI and the admin API call the same use case. */
export class ManageKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Clock,
    /** Ids of the tasks that a key can be for. */
    private readonly taskIds: readonly string[],
  ) {}

  /** The key's text is in the answer and nowhere else, ever again. @throws AppError `request.invalid`, `resource.not_found` */
  async create(by: Operator, { expiresAt, ...request }: KeyRequest): Promise<NewKeyView> {
    checkScopes(request.scopes, request.role, this.taskIds);
    const expiry = expiresAt === null ? null : new Date(expiresAt);
    if (expiry !== null && expiry.getTime() <= this.clock.now()) throw past();
    const { key, text } = this.newKey({ ...request, expiresAt: expiry });
    await this.store.create(key, this.event(by, 'key.create', key.id, { ...request, expiresAt }));
    return { ...toKeyView(key), text };
  }

  /** Oldest first. @throws AppError `request.invalid` for a foreign cursor */
  async list(
    { cursor, limit }: PageQuery,
    tenantId?: string,
  ): Promise<{ keys: KeyView[]; nextCursor?: string }> {
    const after = cursor === undefined ? undefined : readCursor(place, cursor);
    const keys = await this.store.list({
      limit,
      ...(tenantId !== undefined && { tenantId }),
      ...(after !== undefined && { after }),
    });
    const last = keys.at(-1);
    return {
      keys: keys.map(toKeyView),
      ...(last !== undefined &&
        keys.length === limit && { nextCursor: writeCursor({ createdAt: last.createdAt, id: last.id }) }),
    };
  }

  /** @throws AppError `resource.not_found` */
  async find(id: string): Promise<KeyView> {
    return toKeyView(existing(id, await this.store.findKey(id)));
  }

  /** It stops working everywhere within a second or two. @throws AppError `resource.not_found` */
  async revoke(by: Operator, id: string): Promise<KeyView> {
    return toKeyView(existing(id, await this.store.revoke(id, this.event(by, 'key.revoke', id))));
  }

  /**
   * A new key that may do the same, now; the old one goes on for `overlapS` seconds, and not beyond its own expiry.
   * @throws AppError `resource.not_found`, `resource.conflict` for a key that was revoked, has expired or was replaced
   */
  async rotate(by: Operator, id: string, overlapS: number): Promise<NewKeyView> {
    const { tenant, plan, ...old } = existing(id, await this.store.findKey(id));
    const { key, text } = this.newKey(old);
    const until = new Date(Math.floor(this.clock.now()) + overlapS * 1_000);
    const event = this.event(by, 'key.rotate', id, { overlapS, replacedBy: key.id });
    if (await this.store.replace(id, key, until, event)) return { ...toKeyView(key), text };
    throw new AppError('resource.conflict', {
      detail: `The key ${id} was revoked, has expired or was rotated already`,
    });
  }

  private newKey(
    wanted: Pick<
      StoredKey,
      'tenantId' | 'name' | 'role' | 'scopes' | 'allowedOrigins' | 'allowedNetworks' | 'expiresAt'
    >,
  ): { key: StoredKey; text: string } {
    const { tenantId, name, role, scopes, allowedOrigins, allowedNetworks, expiresAt } = wanted;
    const { id, text } = generateApiKey(role === 'admin' ? 'admin' : 'live');
    const key: StoredKey = {
      ...{ id, tenantId, name, role, scopes, allowedOrigins, allowedNetworks, expiresAt },
      hash: hashApiKey(text),
      createdAt: new Date(Math.floor(this.clock.now())),
      ...{ revokedAt: null, lastUsedAt: null, replacedBy: null },
    };
    return { key, text };
  }

  private event(by: Operator, action: string, target: string, details?: object) {
    return auditEvent(by, this.clock.now(), action, target, details);
  }
}

function toKeyView(key: StoredKey): KeyView {
  const { id, tenantId, name, role, scopes, allowedOrigins, allowedNetworks, replacedBy } = key;
  return {
    ...{ id, tenantId, name, role, scopes, allowedOrigins, allowedNetworks },
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    replacedBy,
  };
}

function existing<T extends StoredKey>(id: string, key: T | undefined): T {
  if (key === undefined) throw new AppError('resource.not_found', { detail: `There is no key ${id}` });
  return key;
}

function past(): AppError {
  const issue = { path: 'expiresAt', message: 'is in the past' };
  return new AppError('request.invalid', { detail: `${issue.path}: ${issue.message}`, issues: [issue] });
}
