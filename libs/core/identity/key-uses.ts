import type { FoundKey, KeyStore } from '../ports/key-store.js';

/** A key that was marked as used within this time is not marked again. */
const freshMs = 60_000;
/** Keys that wait to be marked; more than that are marked when they are used again. */
const maxWaiting = 10_000;

/** When keys were last used: gathered in memory, written for many at once, never by the request itself. */
export class KeyUses {
  private waiting = new Map<string, number>();

  constructor(private readonly keys: KeyStore) {}

  note({ id, lastUsedAt }: FoundKey, nowMs: number): void {
    if (lastUsedAt !== null && nowMs - lastUsedAt.getTime() < freshMs) return;
    if (this.waiting.has(id) || this.waiting.size < maxWaiting) this.waiting.set(id, nowMs);
  }

  /** Writes what has gathered. What cannot be written is dropped: the next use of the key gathers it again. */
  async flush(): Promise<void> {
    const { waiting } = this;
    if (waiting.size === 0) return;
    this.waiting = new Map();
    await this.keys.markUsed([...waiting].map(([id, at]) => ({ id, at: new Date(Math.floor(at)) })));
  }
}
