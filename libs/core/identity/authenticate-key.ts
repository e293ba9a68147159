import { AppError, type Clock, type Principal } from '#kernel';
import { KeyStore, type FoundKey } from '../ports/key-store.js';
import { matchesHash, parseApiKey } from './api-key.js';
import { BadKeys } from './bad-keys.js';
import { KeyUses } from './key-uses.js';
import { isWithin } from './networks.js';

/** A revoked key stops working within this time on every gateway. */
const freshMs = 1_000;
/** Bound of the cache; unknown ids are not cached, so a scan cannot flush it. */
const maxCached = 10_000;

/** A key as it was shown, and by whom. */
export interface ShownKey {
  text: string | undefined;
  /** Of the client: the proxy's where no proxy is trusted. */
  address: string;
  /** The `Origin` that browsers send. */
  origin: string | undefined;
}

/** Turns a key into a principal; the store is asked once a second a key, not once a request. */
export class AuthenticateKey {
  readonly uses: KeyUses;
  private readonly cache = new Map<string, { key: FoundKey; readAt: number }>();
  private readonly badKeys = new BadKeys();

  constructor(
    private readonly keys: KeyStore,
    private readonly clock: Clock,
    /** Keys expire by it, where `clock` only measures. */
    private readonly calendar: Clock = clock,
  ) {
    this.uses = new KeyUses(keys);
  }

  /**
   * An address that showed too many unknown keys is refused, but for keys that this process knows to be right already:
   * who shares the address with a guesser goes on working, and a guess costs no look-up.
   * @throws AppError `auth.missing_key`, `auth.malformed_key`, `auth.unknown_key`, `auth.revoked_key`,
   *   `auth.expired_key`, `auth.wrong_network`, `auth.wrong_origin`, `tenant.suspended`, `rate.limited`
   */
  async execute({ text, address, origin }: ShownKey): Promise<Principal> {
    if (text === undefined || text === '') {
      throw new AppError('auth.missing_key', { detail: 'Send the key as `Authorization: Bearer iw_live_…`' });
    }
    const { id } = parseApiKey(text);
    const known = this.cache.get(id);
    if (known === undefined || !matchesHash(text, known.key.hash)) {
      this.badKeys.assertFew(address, this.clock.now());
    }
    const key = await this.find(id);
    if (key === undefined || !matchesHash(text, key.hash)) {
      this.badKeys.note(address, this.clock.now());
      throw new AppError('auth.unknown_key');
    }
    assertUsable(key, this.calendar.now(), address, origin);
    this.uses.note(key, this.calendar.now());
    const { tenantId, role, scopes, tenant, plan } = key;
    return { tenantId, keyId: key.id, role, scopes, weight: tenant.weight, plan, budget: tenant.budget };
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

/** The secret was right: what else keeps this key from being used, here and now. */
function assertUsable(key: FoundKey, nowMs: number, address: string, origin: string | undefined): void {
  if (key.revokedAt !== null) throw new AppError('auth.revoked_key');
  if (key.expiresAt !== null && key.expiresAt.getTime() <= nowMs) {
    const successor = key.replacedBy === null ? '' : `; ${key.replacedBy} replaced it`;
    throw new AppError('auth.expired_key', {
      detail: `The key expired at ${key.expiresAt.toISOString()}${successor}`,
    });
  }
  if (key.tenant.status === 'suspended') throw new AppError('tenant.suspended');
  if (key.allowedNetworks.length > 0 && !isWithin(address, key.allowedNetworks)) {
    throw new AppError('auth.wrong_network', { detail: `This key may not be used from ${address}` });
  }
  if (key.allowedOrigins.length > 0 && !key.allowedOrigins.includes(origin ?? '')) {
    throw new AppError('auth.wrong_origin', {
      detail: `This key may not be used from ${origin === undefined ? 'outside a browser' : 'this origin'}`,
    });
  }
}
