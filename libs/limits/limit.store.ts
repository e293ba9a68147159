import type { Rate } from './gcra.js';

/** Units counted over a period: a task's monthly quota, or a prepaid budget. */
export interface Meter {
  /** Without blanks: `quota.translate`, `budget`. */
  name: string;
  /** A new period starts from what is loaded for it. */
  period: string;
  /** Most that may be used and held. */
  limit: number;
  /** What the claim may use at most; 0 only reads, and is never what refuses. */
  amount: number;
}

/** All limits that one request or job meets, taken together or not at all. */
export interface Claim {
  tenantId: string;
  /** Names what is held. Claiming again under an id that is held changes nothing and is admitted. */
  id: string;
  items: number;
  rate?: Rate;
  /** Most items of the tenant in work, this claim's included. */
  concurrency?: number;
  meters: readonly Meter[];
  /** What is never settled is given back after this time, milliseconds. */
  holdMs: number;
  /** Whether it is a job's, which the next load reconciles with the jobs that there are. */
  lasting: boolean;
  /** Only says what would happen. */
  dryRun: boolean;
}

/** Where the tenant's limits stand after the claim, or without it where it was refused. */
export interface Reading {
  /** Name of the limit that refused: `rate`, `concurrency` or a meter's. */
  refusedBy?: string;
  rate?: { remaining: number; waitMs: number };
  inWork: number;
  meters: readonly MeterReading[];
}

export interface MeterReading {
  name: string;
  used: number;
  held: number;
  /** Since it was last loaded. */
  ageMs: number;
}

/** `unknown`: these meters have to be loaded before anything can be admitted. */
export type Claimed = { state: 'known'; reading: Reading } | { state: 'unknown'; meters: readonly string[] };

export interface Settlement {
  /** Given back of what is held under the id: all of it, or so much of each meter, by name. */
  release: 'all' | Readonly<Record<string, number>>;
  /** Used up, by meter; counted whatever is held. */
  spent: Readonly<Record<string, number>>;
  /** Items that the rate gets back, because nothing of the work was begun. */
  returnedItems: number;
}

/** What an open job still holds, by the database. */
export interface LastingHold {
  id: string;
  amount: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Counters of tenants, atomic per tenant. They are a cache: what was used is in the usage log, and a meter is loaded
 * from there before its first claim, at a new period and after a loss.
 *
 * Loading is safe beside settlements: `beginLoad` starts to count what is settled from then on, and `finishLoad` adds
 * that to what was read. What was both read and settled meanwhile counts twice, until the next load: a load may err
 * against the tenant, by what was settled while it read, and never for it. Whoever takes a load over counts anew, and
 * what was read before lacks the settlements between: only the load that began last is finished.
 */
export abstract class LimitStore {
  abstract claim(claim: Claim): Promise<Claimed>;
  abstract settle(tenantId: string, id: string, settlement: Settlement): Promise<void>;
  /** Names the load; undefined while another one of this meter is under way, for at most `takeOverMs`. */
  abstract beginLoad(tenantId: string, meter: string, takeOverMs: number): Promise<string | undefined>;
  /**
   * Ignored when the load was finished or taken over, however late it comes. `held`: jobs that are open; others of the
   * time before `beginLoad` hold nothing.
   */
  abstract finishLoad(
    tenantId: string,
    load: string,
    meter: Pick<Meter, 'name' | 'period'> & { used: number; held: readonly LastingHold[] },
  ): Promise<void>;
}
