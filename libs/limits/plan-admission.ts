import {
  Admission,
  type Demand,
  type Estimate,
  type Grant,
  type LimitStanding,
  type OnStandings,
  type PriceBook,
  type Spent,
  type WorkKind,
} from '#core';
import { AppError, type Clock, type Principal } from '#kernel';
import type { Claim, LimitStore, Reading, Settlement } from './limit.store.js';
import { MeterLoader, type ReadConsumption } from './meter-loader.js';
import { mostItems, rateOf, tooManyItems } from './plan-limits.js';
import { heldOf, metersOf, otherQuotasOf, spentOf, type Meterage, type PlanMeter } from './plan-meters.js';
import { refusalOf, standingsOf } from './plan-standings.js';

export interface PlanAdmissionOptions {
  store: LimitStore;
  /** Months of quotas and prices in force, as usage is dated. */
  calendar: Clock;
  read: ReadConsumption;
  unitOf: Meterage['unitOf'];
  prices: Pick<PriceBook, 'current'>;
  /** ISO 4217. */
  currency: string;
  /** What becomes of a limited tenant's request while the counters are out of reach. */
  withoutStore: 'refuse' | 'admit';
  observer: LimitsObserver;
}

/** What a program shows of its limits. */
export interface LimitsObserver {
  /** `limit`: `rate`, `concurrency`, `quota` or `budget` */
  onRefusal(limit: string): void;
  /** Once for each tenant, limit and period that this process sees. */
  onLow(low: { tenantId: string; limit: string; remaining: number }): void;
  onOutage(outcome: 'refused' | 'admitted', error: unknown): void;
  /** Of work that nobody waits for; counters are put right by the next load. */
  onError(error: unknown): void;
}

/** Tenants and limits whose soft threshold was told of; the oldest are told of again. */
const maxRemembered = 10_000;

type Lease = Pick<Claim, 'holdMs' | 'lasting'>;

/** A claim of what a plan limits. */
type PlanClaim = Claim & { meters: readonly PlanMeter[] };

/** What was claimed, and by which prices. */
interface Taken {
  claim: PlanClaim;
  meterage: Meterage;
}

const noGrant: Grant = { settle: () => undefined, revoke: () => undefined };

/** The limits of plans, over counters in memory or in Redis. */
export class PlanAdmission extends Admission {
  private readonly loader: MeterLoader;
  private readonly toldLow = new Set<string>();

  constructor(private readonly options: PlanAdmissionOptions) {
    super();
    this.loader = new MeterLoader(options.store, options.read, (error) => options.observer.onError(error));
  }

  override limits({ plan: { ratePerSecond, concurrency, monthlyUnits }, budget }: Principal): boolean {
    const metered = budget !== null || Object.keys(monthlyUnits).length > 0;
    return ratePerSecond !== null || concurrency !== null || metered;
  }

  override async admit(
    principal: Principal,
    demand: Demand,
    holdMs: number,
    told?: OnStandings,
  ): Promise<Grant> {
    const tooMany = tooManyItems(principal, demand.items);
    if (tooMany !== undefined) throw tooMany;
    if (!this.limits(principal)) return noGrant;
    const taken = await this.take(principal, demand, { holdMs, lasting: false }, told);
    return taken === undefined ? noGrant : this.grantOf(taken, demand.task);
  }

  override async admitJob(
    principal: Principal,
    demand: Demand,
    holdMs: number,
    told?: OnStandings,
  ): Promise<boolean> {
    if (!this.limits(principal)) return false;
    const taken = await this.take(principal, demand, { holdMs, lasting: true }, told);
    return taken !== undefined;
  }

  override settleInputs(
    { tenantId, id, task }: { tenantId: string; id: string; task: string },
    heldUnits: number,
    spent: readonly Spent[],
  ): void {
    const { prices, calendar, observer } = this.options;
    prices
      .current()
      .then((list) => {
        const at = { prices: list, now: calendar.now() };
        const release = heldOf(task, heldUnits, at);
        this.settle(tenantId, id, { release, spent: spentOf(task, spent, at), returnedItems: 0 });
      })
      .catch((error: unknown) => observer.onError(error));
  }

  override endJob(tenantId: string, jobId: string): void {
    this.settle(tenantId, jobId, { release: 'all', spent: {}, returnedItems: 0 });
  }

  override async estimate(
    principal: Principal,
    demand?: Demand,
    kind: WorkKind = 'request',
  ): Promise<Estimate> {
    const lasting = kind === 'job';
    const tooMany = demand && !lasting ? tooManyItems(principal, demand.items) : undefined;
    const maxItems = mostItems(principal);
    if (!this.limits(principal)) return { standings: [], maxItems, ...(tooMany && { refusal: tooMany }) };
    const asked = demand ?? { id: 'standings', task: '', items: 0, units: 0 };
    const meterage = await this.meterageOf(principal);
    const claim = claimOf(principal, asked, { holdMs: 0, lasting }, meterage);
    const others = otherQuotasOf(principal, asked.task, meterage);
    const meters = [...claim.meters, ...others];
    const reading = await this.loader.claim({ ...claim, id: `peek.${asked.id}`, meters, dryRun: true });
    const { now } = meterage;
    const standings = standingsOf(principal, reading, meters, now);
    const refused = asRefused(reading);
    const refusal = tooMany ?? (refused && refusalOf(principal, refused, asked, standings, now));
    return { standings, maxItems, ...(refusal && { refusal }) };
  }

  /** Prices are read for tenants with a budget alone. */
  private async meterageOf({ budget }: Principal): Promise<Meterage> {
    const { unitOf, currency, prices, calendar } = this.options;
    return { unitOf, currency, now: calendar.now(), prices: budget === null ? [] : await prices.current() };
  }

  /**
   * What was taken; undefined where there is nothing to take, or the counters are out of reach and the installation admits
   * all the same.
   */
  private async take(
    principal: Principal,
    demand: Demand,
    lease: Lease,
    told: OnStandings | undefined,
  ): Promise<Taken | undefined> {
    const found = await this.claim(principal, demand, lease).catch((error: unknown) =>
      this.withoutStore(error),
    );
    if (found === undefined) return undefined;
    const { reading, ...taken } = found;
    const { now } = taken.meterage;
    const standings = standingsOf(principal, reading, taken.claim.meters, now);
    told?.(standings);
    this.tellLow(principal.tenantId, taken.claim, standings);
    const refused = asRefused(reading);
    if (refused === undefined) return taken;
    this.options.observer.onRefusal(refused.refusedBy.split('.', 1)[0] ?? '');
    throw refusalOf(principal, refused, demand, standings, now);
  }

  private async claim(
    principal: Principal,
    demand: Demand,
    lease: Lease,
  ): Promise<(Taken & { reading: Reading }) | undefined> {
    const meterage = await this.meterageOf(principal);
    const claim = claimOf(principal, demand, lease, meterage);
    if (!isLimited(claim)) return undefined;
    return { claim, meterage, reading: await this.loader.claim(claim) };
  }

  private withoutStore(error: unknown): undefined {
    const { withoutStore, observer } = this.options;
    observer.onOutage(withoutStore === 'refuse' ? 'refused' : 'admitted', error);
    if (withoutStore === 'admit') return undefined;
    throw new AppError('limits.unavailable', { retryAfterS: 1 }, { cause: error });
  }

  private grantOf({ claim, meterage }: Taken, task: string): Grant {
    const { tenantId, id, items, rate, concurrency, meters } = claim;
    const holds = concurrency !== undefined || meters.length > 0;
    return {
      settle: (spent) => {
        if (!holds) return;
        const used = meters.length > 0 && spent.length > 0 ? spentOf(task, spent, meterage) : {};
        this.settle(tenantId, id, { release: 'all', spent: used, returnedItems: 0 });
      },
      revoke: () => {
        const returnedItems = rate === undefined ? 0 : items;
        this.settle(tenantId, id, { release: 'all', spent: {}, returnedItems });
      },
    };
  }

  /** Nobody waits: a hold that is not settled ends with its lease, and what was used is loaded from the usage log. */
  private settle(tenantId: string, id: string, settlement: Settlement): void {
    const { store, observer } = this.options;
    store.settle(tenantId, id, settlement).catch((error: unknown) => observer.onError(error));
  }

  private tellLow(tenantId: string, { meters }: Claim, standings: readonly LimitStanding[]): void {
    for (const { name, remaining } of standings.filter(({ isLow }) => isLow)) {
      const key = `${tenantId} ${name} ${meters.find((meter) => meter.name === name)?.period ?? ''}`;
      if (this.toldLow.has(key)) continue;
      const [oldest] = this.toldLow;
      if (this.toldLow.size >= maxRemembered && oldest !== undefined) this.toldLow.delete(oldest);
      this.toldLow.add(key);
      this.options.observer.onLow({ tenantId, limit: name, remaining });
    }
  }
}

function isLimited({ rate, concurrency, meters }: Claim): boolean {
  return rate !== undefined || concurrency !== undefined || meters.length > 0;
}

function asRefused(reading: Reading): (Reading & { refusedBy: string }) | undefined {
  const { refusedBy } = reading;
  return refusedBy === undefined ? undefined : { ...reading, refusedBy };
}

/** A job is bounded by quota and budget: rate and concurrency are of interactive work. */
function claimOf(
  principal: Principal,
  demand: Demand,
  { holdMs, lasting }: Lease,
  meterage: Meterage,
): PlanClaim {
  const { tenantId, plan } = principal;
  const { id, items } = demand;
  const rate = lasting ? undefined : rateOf(plan);
  return {
    ...{ tenantId, id, items, holdMs, lasting, dryRun: false },
    ...(rate !== undefined && { rate }),
    ...(plan.concurrency !== null && !lasting && { concurrency: plan.concurrency }),
    meters: metersOf(principal, demand, meterage),
  };
}
