import type { Clock } from '#kernel';
import { drain, tolerance, waitMs, type Bucket } from './gcra.js';
import {
  LimitStore,
  type Claim,
  type Claimed,
  type LastingHold,
  type Meter,
  type MeterReading,
  type Settlement,
} from './limit.store.js';

interface Hold {
  items: number;
  amounts: Map<string, number>;
  takenAt: number;
  expiresAt: number;
  lasting: boolean;
}

interface MeterState {
  /** Undefined until it is loaded. */
  period: string | undefined;
  used: number;
  held: number;
  loadedAt: number;
  /** Set while a load is under way: its name, when it began, and what was settled since. */
  load: { id: string; at: number; settled: number } | undefined;
}

interface TenantState {
  bucket: Bucket | undefined;
  inWork: number;
  meters: Map<string, MeterState>;
  holds: Map<string, Hold>;
  /** No hold expires earlier: most claims look at none of them. */
  nextExpiryAt: number;
}

/** The limits of an installation of one process. Redis does the same in redis/limit.lua.ts; one suite holds both to it. */
export class MemoryLimitStore extends LimitStore {
  private readonly tenants = new Map<string, TenantState>();
  private loads = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override claim(claim: Claim): Promise<Claimed> {
    const state = this.stateOf(claim.tenantId);
    const now = this.clock.now();
    expire(state, now);
    const unknown = claim.meters.filter(({ name, period }) => meterOf(state, name).period !== period);
    if (unknown.length > 0) {
      return Promise.resolve({ state: 'unknown', meters: unknown.map(({ name }) => name) });
    }
    const { rate } = claim;
    let level = rate === undefined ? 0 : drain(state.bucket, rate, now);
    const isHeld = state.holds.has(claim.id);
    const wait = rate === undefined ? 0 : waitMs(level, rate, claim.items);
    const refusedBy = isHeld ? undefined : refusal(state, claim, wait);
    if (refusedBy === undefined && !claim.dryRun && !isHeld) {
      level += claim.items;
      if (rate !== undefined) state.bucket = { level, at: now };
      hold(state, claim, now);
    }
    return Promise.resolve({
      state: 'known',
      reading: {
        ...(refusedBy !== undefined && { refusedBy }),
        ...(rate !== undefined && { rate: { remaining: Math.max(0, rate.burst - level), waitMs: wait } }),
        inWork: state.inWork,
        meters: claim.meters.map(({ name }) => readMeter(state, name, now)),
      },
    });
  }

  override settle(tenantId: string, id: string, settlement: Settlement): Promise<void> {
    const state = this.stateOf(tenantId);
    const { release, spent, returnedItems } = settlement;
    const held = state.holds.get(id);
    if (held !== undefined) {
      for (const [name, amount] of held.amounts) {
        giveBack(state, held, name, release === 'all' ? amount : Math.min(amount, release[name] ?? 0));
      }
      if (release === 'all' || (held.items === 0 && held.amounts.size === 0)) drop(state, id, held);
    }
    for (const [name, amount] of Object.entries(spent)) {
      const meter = meterOf(state, name);
      meter.used += amount;
      if (meter.load !== undefined) meter.load.settled += amount;
    }
    if (state.bucket !== undefined) state.bucket.level = Math.max(0, state.bucket.level - returnedItems);
    return Promise.resolve();
  }

  override beginLoad(tenantId: string, name: string, takeOverMs: number): Promise<string | undefined> {
    const meter = meterOf(this.stateOf(tenantId), name);
    const at = this.clock.now();
    if (meter.load !== undefined && at - meter.load.at < takeOverMs) return Promise.resolve(undefined);
    meter.load = { id: String(++this.loads), at, settled: 0 };
    return Promise.resolve(meter.load.id);
  }

  override finishLoad(
    tenantId: string,
    id: string,
    {
      name,
      period,
      used,
      held,
    }: Pick<Meter, 'name' | 'period'> & { used: number; held: readonly LastingHold[] },
  ): Promise<void> {
    const state = this.stateOf(tenantId);
    const meter = meterOf(state, name);
    const { load } = meter;
    if (load?.id !== id) return Promise.resolve();
    meter.used = used + load.settled;
    meter.period = period;
    meter.loadedAt = this.clock.now();
    meter.load = undefined;
    reconcile(state, name, held, load.at);
    return Promise.resolve();
  }

  /** One small record for each tenant that was ever limited here, of which an installation of one process has few. */
  private stateOf(tenantId: string): TenantState {
    const known = this.tenants.get(tenantId);
    if (known !== undefined) return known;
    const holds = new Map<string, Hold>();
    const fresh = { bucket: undefined, inWork: 0, meters: new Map(), holds, nextExpiryAt: Infinity };
    this.tenants.set(tenantId, fresh);
    return fresh;
  }
}

/** A quota comes first: that waiting helps must not be said where it does not. */
function refusal(state: TenantState, claim: Claim, wait: number): string | undefined {
  for (const { name, limit, amount } of claim.meters) {
    const { used, held } = meterOf(state, name);
    if (amount > 0 && used + held + amount > limit + tolerance) return name;
  }
  if (wait > 0) return 'rate';
  const { concurrency } = claim;
  return concurrency !== undefined && state.inWork + claim.items > concurrency ? 'concurrency' : undefined;
}

function hold(
  state: TenantState,
  { id, items, concurrency, meters, holdMs, lasting }: Claim,
  now: number,
): void {
  const counted = concurrency === undefined ? 0 : items;
  if (counted === 0 && meters.length === 0) return;
  const amounts = new Map(meters.map(({ name, amount }) => [name, amount]));
  const held = { items: counted, amounts, takenAt: now, expiresAt: now + holdMs, lasting };
  state.holds.set(id, held);
  expireBy(state, held);
  state.inWork += counted;
  for (const [name, amount] of amounts) meterOf(state, name).held += amount;
}

function expire(state: TenantState, now: number): void {
  if (now < state.nextExpiryAt) return;
  state.nextExpiryAt = Infinity;
  for (const [id, held] of state.holds) {
    if (held.expiresAt <= now) drop(state, id, held);
    else expireBy(state, held);
  }
}

function expireBy(state: TenantState, { expiresAt }: Hold): void {
  state.nextExpiryAt = Math.min(state.nextExpiryAt, expiresAt);
}

function drop(state: TenantState, id: string, held: Hold): void {
  for (const [name, amount] of held.amounts) giveBack(state, held, name, amount);
  state.inWork -= held.items;
  state.holds.delete(id);
}

function giveBack(state: TenantState, held: Hold, name: string, amount: number): void {
  const left = (held.amounts.get(name) ?? 0) - amount;
  if (left > 0) held.amounts.set(name, left);
  else held.amounts.delete(name);
  meterOf(state, name).held -= amount;
}

function reconcile(state: TenantState, name: string, open: readonly LastingHold[], loadedFrom: number): void {
  const byId = new Map(open.map((each) => [each.id, each]));
  for (const [id, held] of state.holds) {
    const amount = held.amounts.get(name);
    if (!held.lasting || amount === undefined || byId.has(id) || held.takenAt >= loadedFrom) continue;
    giveBack(state, held, name, amount);
    if (held.amounts.size === 0) drop(state, id, held);
  }
  for (const { id, amount, expiresAt } of byId.values()) {
    const held = state.holds.get(id) ?? {
      items: 0,
      amounts: new Map(),
      takenAt: loadedFrom,
      expiresAt,
      lasting: true,
    };
    state.holds.set(id, held);
    expireBy(state, held);
    meterOf(state, name).held += amount - (held.amounts.get(name) ?? 0);
    held.amounts.set(name, amount);
  }
}

function meterOf({ meters }: TenantState, name: string): MeterState {
  const known = meters.get(name);
  if (known !== undefined) return known;
  const fresh = { period: undefined, used: 0, held: 0, loadedAt: 0, load: undefined };
  meters.set(name, fresh);
  return fresh;
}

function readMeter(state: TenantState, name: string, now: number): MeterReading {
  const { used, held, loadedAt } = meterOf(state, name);
  return { name, used, held, ageMs: now - loadedAt };
}
