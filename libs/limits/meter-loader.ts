import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#kernel';
import type { Claim, LastingHold, LimitStore, Meter, Reading } from './limit.store.js';

/** What was used of a meter in its period, and what open jobs hold of it, from where both are durable. */
export type ReadConsumption = (
  tenantId: string,
  meter: Meter,
) => Promise<{ used: number; held: readonly LastingHold[] }>;

/** How far a counter may drift by settlements that were lost with a process. */
const refreshMs = 10 * 60_000;
/** Another process that reads for so long has died, unless readings take half as long here. */
const takeOverMs = 5_000;
const waitAtMostMs = 8_000;
const lookAgainMs = 25;

/** Claims, and loads meters: those that nobody knows before the claim, old ones behind it. */
export class MeterLoader {
  private readonly loads = new Map<string, Promise<void>>();
  /** Of late. Without it processes that read for longer than `takeOverMs` would take over from each other for ever. */
  private slowReadMs = 0;

  constructor(
    private readonly store: LimitStore,
    private readonly read: ReadConsumption,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** @throws AppError `limits.unavailable`, and what reading throws */
  async claim(claim: Claim): Promise<Reading> {
    const { tenantId, meters } = claim;
    const until = performance.now() + waitAtMostMs;
    while (performance.now() < until) {
      let claimed = await this.store.claim(claim);
      if (claimed.state === 'unknown') {
        const { meters: unknown } = claimed;
        const missing = meters.filter(({ name }) => unknown.includes(name));
        await Promise.all(missing.map((meter) => this.load(tenantId, meter)));
        claimed = await this.store.claim(claim);
      }
      if (claimed.state === 'known') {
        this.refresh(claim, claimed.reading);
        return claimed.reading;
      }
      await delay(lookAgainMs);
    }
    throw new AppError(
      'limits.unavailable',
      { retryAfterS: 1 },
      { internal: { reason: 'a load took too long' } },
    );
  }

  /** Work that is ahead must not wait for it. */
  private refresh({ tenantId, meters }: Claim, reading: Reading): void {
    for (const meter of meters) {
      const ageMs = reading.meters.find(({ name }) => name === meter.name)?.ageMs ?? 0;
      if (ageMs > refreshMs) this.load(tenantId, meter).catch(this.onError);
    }
  }

  /** Once at a time in this process; does nothing where another process is at it. */
  private load(tenantId: string, meter: Meter): Promise<void> {
    const key = `${tenantId} ${meter.name}`;
    const running =
      this.loads.get(key) ?? this.loadOnce(tenantId, meter).finally(() => this.loads.delete(key));
    this.loads.set(key, running);
    return running;
  }

  private async loadOnce(tenantId: string, meter: Meter): Promise<void> {
    const { name, period } = meter;
    const patienceMs = Math.max(takeOverMs, 2 * this.slowReadMs);
    const load = await this.store.beginLoad(tenantId, name, patienceMs);
    if (load === undefined) return;
    const startedAt = performance.now();
    const found = await this.read(tenantId, meter);
    this.slowReadMs = Math.max(this.slowReadMs / 2, performance.now() - startedAt);
    await this.store.finishLoad(tenantId, load, { name, period, ...found });
  }
}
