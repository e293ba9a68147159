/** Who is served: each member's engine time so far. */
interface Account {
  servedMs: number;
  wasActive: boolean;
}

/**
 * Shares one engine's time equally between the models that have work: the one served least goes next. A 50 ms image
 * batch and a 1 ms decoder step taken in turns would leave translation 2 % of the time.
 *
 * A model that comes back from idling starts level with the least served active one: idleness earns no credit.
 */
export class ServiceOrder<K> {
  readonly #accounts = new Map<K, Account>();

  /** @param active keys that have work now. @returns the one to serve. */
  next(active: readonly K[]): K | undefined {
    const known = active.map((key) => ({ key, account: this.#account(key) }));
    const level = Math.min(
      ...known.filter(({ account }) => account.wasActive).map(({ account }) => account.servedMs),
    );
    for (const account of this.#accounts.values()) if (Number.isFinite(level)) this.#lift(account, level);
    for (const [key, account] of this.#accounts) account.wasActive = active.includes(key);
    return known.sort((a, b) => a.account.servedMs - b.account.servedMs)[0]?.key;
  }

  charge(key: K, ms: number): void {
    this.#account(key).servedMs += ms;
  }

  #lift(account: Account, level: number): void {
    if (!account.wasActive) account.servedMs = Math.max(account.servedMs, level);
  }

  #account(key: K): Account {
    const known = this.#accounts.get(key) ?? { servedMs: 0, wasActive: false };
    this.#accounts.set(key, known);
    return known;
  }
}
