import {
  Admission,
  type Demand,
  type Estimate,
  type Grant,
  type LimitStanding,
  type OnStandings,
  type Spent,
} from '#core';
import { AppError, type Clock, type Principal } from '#kernel';
import type { Claim, LimitStore, Reading, Settlement } from './limit.store.js';
import { MeterLoader, type ReadConsumption } from './meter-loader.js';
import {
  mostItems,
  quotaName,
  quotaOf,
  rateOf,
  refusalOf,
  standingsOf,
  tooManyItems,
  type PlanMeter,
  type UnitOf,
} from './plan-limits.js';

export interface PlanAdmissionOptions {
  store: LimitStore;
  clock: Clock;
  read: ReadConsumption;
  unitOf: UnitOf;
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

/** A claim of what a plan limits. */
type PlanClaim = Claim & { meters: readonly PlanMeter[] };

const noGrant: Grant = { settle: () => undefined, revoke: () => undefined };

/** The limits of plans, over counters in memory or in Redis. */
export class PlanAdmission extends Admission {
  private readonly loader: MeterLoader;
  private readonly toldLow = new Set<string>();

  constructor(private readonly options: PlanAdmissionOptions) {
    super();
    this.loader = new MeterLoader(options.store, options.read, (error) => options.observer.onError(error));
  }

  override limits({ plan: { ratePerSecond, concurrency, monthlyUnits } }: Principal): boolean {
    return ratePerSecond !== null || concurrency !== null || Object.keys(monthlyUnits).length > 0;
  }

  override async admit(
    principal: Principal,
    demand: Demand,
    holdMs: number,
    told?: OnStandings,
  ): Promise<Grant> {
    const tooMany = tooManyItems(principal, demand.items);
    if (tooMany !== undefined) throw tooMany;
    const claim = this.claimOf(principal, demand, { holdMs, lasting: false });
    if (!isLimited(claim)) return noGrant;
    const admitted = await this.take(principal, demand, claim, told);
    return admitted ? this.grantOf(claim, demand) : noGrant;
  }

  override admitJob(
    principal: Principal,
    demand: Demand,
    holdMs: number,
    told?: OnStandings,
  ): Promise<boolean> {
    const { rate, concurrency, ...claim } = this.claimOf(principal, demand, { holdMs, lasting: true });
    return isLimited(claim) ? this.take(principal, demand, claim, told) : Promise.resolve(false);
  }

  override settleInputs(
    { tenantId, id, task }: { tenantId: string; id: string; task: string },
    heldUnits: number,
    spent: readonly Spent[],
  ): void {
    const meter = quotaName(task);
    this.settle(tenantId, id, {
      release: { [meter]: heldUnits },
      spent: { [meter]: unitsOf(spent) },
      returnedItems: 0,
    });
  }

  override endJob(tenantId: string, jobId: string): void {
    this.settle(tenantId, jobId, { release: 'all', spent: {}, returnedItems: 0 });
  }

  override async estimate(principal: Principal, demand?: Demand): Promise<Estimate> {
    const asked = demand ?? { id: 'standings', task: '', items: 0, units: 0 };
    const claim = this.claimOf(principal, asked, { holdMs: 0, lasting: false });
    const others = Object.keys(principal.plan.monthlyUnits)
      .filter((task) => task !== asked.task)
      .flatMap((task) => this.quotaOf(principal, { task, units: 0 }));
    const peek = { ...claim, id: `peek.${asked.id}`, meters: [...claim.meters, ...others], dryRun: true };
    const tooMany = tooManyItems(principal, asked.items);
    const maxItems = mostItems(principal);
    if (!isLimited(peek)) return { standings: [], maxItems, ...(tooMany && { refusal: tooMany }) };
    const reading = await this.loader.claim(peek);
    const now = this.options.clock.now();
    const standings = standingsOf(principal, reading, peek.meters, now);
    const refused = asRefused(reading);
    const refusal = tooMany ?? (refused && refusalOf(principal, refused, asked, standings, now));
    return { standings, maxItems, ...(refusal && { refusal }) };
  }

  private claimOf(
    principal: Principal,
    demand: Demand,
    { holdMs, lasting }: Pick<Claim, 'holdMs' | 'lasting'>,
  ): PlanClaim {
    const { id, items } = demand;
    const { tenantId, plan } = principal;
    const rate = rateOf(plan);
    return {
      ...{ tenantId, id, items, holdMs, lasting, dryRun: false },
      ...(rate !== undefined && { rate }),
      ...(plan.concurrency !== null && { concurrency: plan.concurrency }),
      meters: this.quotaOf(principal, demand),
    };
  }

  private quotaOf(principal: Principal, demand: Pick<Demand, 'task' | 'units'>): PlanMeter[] {
    const { unitOf, clock } = this.options;
    return quotaOf(principal, demand, unitOf, clock.now());
  }

  /** False where the counters are out of reach and the installation admits all the same. */
  private async take(
    principal: Principal,
    demand: Demand,
    claim: PlanClaim,
    told: OnStandings | undefined,
  ): Promise<boolean> {
    const { observer, clock } = this.options;
    const reading = await this.loader.claim(claim).catch((error: unknown) => this.withoutStore(error));
    if (reading === undefined) return false;
    const now = clock.now();
    const standings = standingsOf(principal, reading, claim.meters, now);
    told?.(standings);
    this.tellLow(principal.tenantId, claim, standings);
    const refused = asRefused(reading);
    if (refused === undefined) return true;
    observer.onRefusal(refused.refusedBy.split('.', 1)[0] ?? '');
    throw refusalOf(principal, refused, demand, standings, now);
  }

  private withoutStore(error: unknown): undefined {
    const { withoutStore, observer } = this.options;
    observer.onOutage(withoutStore === 'refuse' ? 'refused' : 'admitted', error);
    if (withoutStore === 'admit') return undefined;
    throw new AppError('limits.unavailable', { retryAfterS: 1 }, { cause: error });
  }

  private grantOf({ tenantId, id, items, rate, concurrency, meters }: Claim, { task }: Demand): Grant {
    const holds = concurrency !== undefined || meters.length > 0;
    const quota = quotaName(task);
    return {
      settle: (spent) => {
        if (!holds) return;
        const units = unitsOf(spent);
        const used = meters.length > 0 && units > 0 ? { [quota]: units } : {};
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

function unitsOf(spent: readonly Spent[]): number {
  return spent.reduce((sum, { units }) => sum + units, 0);
}
