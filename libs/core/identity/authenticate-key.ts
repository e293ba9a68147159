import { AppError, type Clock, type Principal } from '#kernel';
import { KeyStore, type FoundKey } from '../ports/key-store.js';
import { matchesHash, parseApiKey } from './api-key.js';

/** A revoked key stops working within this time on every gateway. */
const freshMs = 1_000;
/** Bound of the cache; unknown ids are not cached, so a scan cannot flush it. */
const maxCached = 10_000;

/** Turns a key into a principal; the store is asked once a second a key, not once a request. */
export class AuthenticateKey {
  private readonly cache = new Map<string, { key: FoundKey; readAt: number }>();

  constructor(
    private readonly keys: KeyStore,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `auth.missing_key`, `auth.malformed_key`, `auth.unknown_key`, `auth.revoked_key`, `tenant.suspended` */
  async execute(text: string | undefined): Promise<Principal> {
    if (text === undefined || text === '') {
      throw new AppError('auth.missing_key', { detail: 'Send the key as `Authorization: Bearer iw_live_…`' });
    }
    const { id } = parseApiKey(text);
    const key = await this.find(id);
    if (key === undefined || !matchesHash(text, key.hash)) throw new AppError('auth.unknown_key');
    if (key.revokedAt !== null) throw new AppError('auth.revoked_key');
    const { tenantId, role, tenant, plan } = key;
    if (tenant.status === 'suspended') throw new AppError('tenant.suspended');
    return { tenantId, keyId: key.id, role, weight: tenant.weight, plan, budget: tenant.budget };
  }

  private async find(id: string): Promise<FoundKey | undefined> {
    const now = this.clock.now();
    const cached = this.cache.get(id);
    if (cached !== undefined && now - cached.readAt < freshMs) return cached.key;
    const key = await this.keys.findKey(id);
    this.cache.delete(id);
    if (key === undefined) return undefined;
    const oldest = this.cache.keys().next();
    if (this.cache.size >= maxCached && oldest.done === false) this.cache.delete(oldest.value);
    this.cache.set(id, { key, readAt: now });
    return key;
  }
}
