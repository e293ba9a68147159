import { beforeEach, describe, expect, it } from '@jest/globals';
import { KeyStore, type FoundKey, type KeyUse } from '../ports/key-store.js';
import { standardPlan } from '../tenancy/standard-plan.js';
import { generateApiKey, hashApiKey } from './api-key.js';
import { AuthenticateKey } from './authenticate-key.js';
import { badKeyWindowMs, maxBadKeys } from './bad-keys.js';

/** The port over a map, counting look-ups; what operators do is the adapters' to test. */
class MemoryKeyStore extends KeyStore {
  lookUps = 0;
  readonly marked: (readonly KeyUse[])[] = [];
  readonly keys = new Map<string, FoundKey>();

  override findKey(id: string) {
    this.lookUps++;
    return Promise.resolve(this.keys.get(id));
  }
  override markUsed(uses: readonly KeyUse[]) {
    this.marked.push(uses);
    return Promise.resolve();
  }
  override create = () => Promise.reject(new Error('not here'));
  override list = () => Promise.resolve([]);
  override revoke = () => Promise.resolve(undefined);
  override replace = () => Promise.resolve(false);
}

describe('AuthenticateKey', () => {
  let now = 0;
  let store: MemoryKeyStore;
  let authenticate: AuthenticateKey;

  beforeEach(() => {
    now = 1_000_000;
    store = new MemoryKeyStore();
    authenticate = new AuthenticateKey(store, { now: () => now });
  });

  it('has keys expire by the calendar, whatever the clock that measures says', async () => {
    const calendar = { now: () => now + 3_600_000 };
    authenticate = new AuthenticateKey(store, { now: () => now }, calendar);
    const { text } = make({ expiresAt: new Date(now + 60_000) });
    const shown = { text, address: '192.0.2.1', origin: undefined };
    await expect(authenticate.execute(shown)).rejects.toMatchObject({ code: 'auth.expired_key' });
  });

  /** A key that the store knows. */
  function make(values: Partial<FoundKey> = {}): { id: string; text: string } {
    const { id, text } = generateApiKey('live');
    store.keys.set(id, {
      ...{ id, tenantId: 'ten_a', name: 'k', role: 'tenant', hash: hashApiKey(text), scopes: ['*'] },
      ...{ allowedOrigins: [], allowedNetworks: [], createdAt: new Date(0), expiresAt: null },
      ...{ revokedAt: null, lastUsedAt: null, replacedBy: null },
      ...{ tenant: { status: 'active', weight: 3, budget: null }, plan: standardPlan },
      ...values,
    });
    return { id, text };
  }
  function change(id: string, values: Partial<FoundKey>): void {
    const key = store.keys.get(id);
    if (key !== undefined) store.keys.set(id, { ...key, ...values });
  }
  const show = (text: string | undefined, address = '198.51.100.7', origin?: string) =>
    authenticate.execute({ text, address, origin });
  const guess = (address: string) => show(generateApiKey('live').text, address);

  it.each<[string, Partial<FoundKey>, string]>([
    ['revoked', { revokedAt: new Date(0) }, 'auth.revoked_key'],
    ['expired', { expiresAt: new Date(1_000_000) }, 'auth.expired_key'],
    [
      'of a suspended tenant',
      { tenant: { status: 'suspended', weight: 1, budget: null } },
      'tenant.suspended',
    ],
    ['of another network', { allowedNetworks: ['10.0.0.0/8'] }, 'auth.wrong_network'],
    ['of another origin', { allowedOrigins: ['https://shop.example'] }, 'auth.wrong_origin'],
  ])('names what is wrong with a key that is %s', async (_, values, code) => {
    await expect(show(make(values).text)).rejects.toMatchObject({ code });
  });

  it('tells no key, a mistyped and an unknown one apart', async () => {
    await expect(show(undefined)).rejects.toMatchObject({ code: 'auth.missing_key' });
    await expect(show('iw_live_oops')).rejects.toMatchObject({ code: 'auth.malformed_key' });
    await expect(show(generateApiKey('live').text)).rejects.toMatchObject({ code: 'auth.unknown_key' });
  });

  it('does not take a key whose public part is known and whose secret is not', async () => {
    const known = make({ revokedAt: new Date(0) });
    change(known.id, { hash: hashApiKey(generateApiKey('live').text) });
    await expect(show(known.text)).rejects.toMatchObject({ code: 'auth.unknown_key' });
  });

  it('gives the principal of the tenant, asking the store once a second and not once a request', async () => {
    const { id, text } = make({ scopes: ['translate'] });
    for (let i = 0; i < 50; i++) {
      expect(await show(text)).toEqual({
        ...{ tenantId: 'ten_a', keyId: id, role: 'tenant', scopes: ['translate'], weight: 3 },
        ...{ plan: standardPlan, budget: null },
      });
    }
    expect(store.lookUps).toBe(1);
  });

  it('stops a revoked key within a second', async () => {
    const { id, text } = make();
    await show(text);
    change(id, { revokedAt: new Date(now) });
    now += 1_000;
    await expect(show(text)).rejects.toMatchObject({ code: 'auth.revoked_key' });
  });

  it('lets a key expire to the millisecond, also while it is remembered', async () => {
    const { text } = make({ expiresAt: new Date(now + 500) });
    now += 499;
    await show(text);
    now += 1;
    await expect(show(text)).rejects.toMatchObject({ code: 'auth.expired_key' });
  });

  it.each([
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['11.0.0.1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8:1::5', true],
    ['2001:db9::5', false],
    ['2001:db8:ffff::1', true],
    ['198.51.100.7', true],
    ['::ffff:198.51.100.7', true],
    ['198.51.101.7', false],
    ['not an address', false],
  ])('from %s a key of networks is accepted: %s', async (address, accepted) => {
    const allowedNetworks = ['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120'];
    const { text } = make({ allowedNetworks });
    const shown = show(text, address);
    if (accepted) await expect(shown).resolves.toBeDefined();
    else await expect(shown).rejects.toMatchObject({ code: 'auth.wrong_network' });
  });

  it('accepts a key of an origin from there, and from nowhere else', async () => {
    const { text } = make({ allowedOrigins: ['https://shop.example'] });
    await expect(show(text, '198.51.100.7', 'https://shop.example')).resolves.toBeDefined();
    for (const origin of ['http://shop.example', 'https://shop.example.evil.example', 'null', undefined]) {
      await expect(show(text, '198.51.100.7', origin)).rejects.toMatchObject({ code: 'auth.wrong_origin' });
    }
  });

  describe('after many unknown keys from one address', () => {
    const flood = async (address: string) => {
      for (let i = 0; i < maxBadKeys; i++) await guess(address).catch(() => undefined);
    };

    it('refuses more of them without a look-up, and says when to come back', async () => {
      await flood('198.51.100.7');
      const { lookUps } = store;
      await expect(guess('198.51.100.7')).rejects.toMatchObject({
        code: 'rate.limited',
        facts: { retryAfterS: badKeyWindowMs / 1_000 },
      });
      expect(store.lookUps).toBe(lookUps);
      now += badKeyWindowMs;
      await expect(guess('198.51.100.7')).rejects.toMatchObject({ code: 'auth.unknown_key' });
    });

    it('goes on with keys that it knows from there, beyond the second that they are remembered', async () => {
      const { text } = make();
      await show(text);
      await flood('198.51.100.7');
      now += 5_000;
      await expect(show(text)).resolves.toBeDefined();
    });

    it('does not let a guess through because the id is known', async () => {
      const { id, text } = make();
      await show(text);
      await flood('198.51.100.7');
      change(id, { hash: hashApiKey('another') });
      now += 1_000;
      await expect(show(text)).rejects.toMatchObject({ code: 'auth.unknown_key' });
      await expect(show(text)).rejects.toMatchObject({ code: 'rate.limited' });
    });

    it('leaves other addresses alone, and takes a /64 of IPv6 as one', async () => {
      await flood('2001:db8::1');
      await expect(guess('2001:db8::ffff')).rejects.toMatchObject({ code: 'rate.limited' });
      await expect(guess('2001:db8:0:1::1')).rejects.toMatchObject({ code: 'auth.unknown_key' });
      await expect(guess('198.51.100.8')).rejects.toMatchObject({ code: 'auth.unknown_key' });
    });
  });

  it('gathers when keys were used and writes them together, at most once a minute a key', async () => {
    const [one, other] = [make(), make()];
    for (let i = 0; i < 10; i++) for (const { text } of [one, other]) await show(text);
    await authenticate.uses.flush();
    await authenticate.uses.flush();
    expect(store.marked).toEqual([[one, other].map(({ id }) => ({ id, at: new Date(now) }))]);
    change(one.id, { lastUsedAt: new Date(now) });
    now += 59_000;
    await show(one.text);
    await authenticate.uses.flush();
    expect(store.marked).toHaveLength(1);
    now += 1_000;
    await show(one.text);
    await authenticate.uses.flush();
    expect(store.marked).toHaveLength(2);
  });
});
