import type { AppError, Principal } from '#kernel';

/** What a request or a job asks for; what it will use is not known yet, so units are an upper bound. */
export interface Demand {
  /** Of the request or the job: what is held is held under it. */
  id: string;
  task: string;
  items: number;
  units: number;
}

/** Rate and concurrency are of interactive requests; quota and budget are of jobs, too. */
export type WorkKind = 'request' | 'job';

/** Billed units that a model answered. */
export interface Spent {
  model: string;
  units: number;
}

/** Where one limit of a tenant stands. */
export interface LimitStanding {
  /** `rate`, `concurrency`, `quota.<task>`, `budget` */
  name: string;
  description: string;
  limit: number;
  unit: string;
  remaining: number;
  /** What the limit counts over, seconds; absent where it is no span of time. */
  windowS?: number;
  /** When more is to be had, in seconds; absent where that is not a matter of time. */
  resetS?: number;
  /** Its soft threshold is passed: the hard one is near. */
  isLow: boolean;
}

/** What was admitted, until it is settled. Neither call throws or has to be waited for. */
export interface Grant {
  /** The work has ended: what was used counts, the rest is given back. Nothing spent where it failed. */
  settle(spent: readonly Spent[]): void;
  /** Its caller has to come again, by our doing: the rate is given back too. */
  revoke(): void;
}

export interface Estimate {
  standings: readonly LimitStanding[];
  /** Items that the plan admits in one request at the most; infinite where it has no such bound. */
  maxItems: number;
  /** Why it would be refused now. */
  refusal?: AppError;
}

/** Told where the limits stand, admitted or refused, before either is known. */
export type OnStandings = (standings: readonly LimitStanding[]) => void;

/**
 * Whether a tenant's plan has room. Limits of one demand are met together or not at all; a tenant without limits is
 * never asked about.
 */
export abstract class Admission {
  /** Whether the tenant has any limit here. */
  abstract limits(principal: Principal): boolean;

  /**
   * Takes what an interactive request needs of rate, concurrency, quota and budget.
   * @param holdMs what a process that dies would have settled is given back after this time
   * @throws AppError `request.invalid` (more items than the plan ever admits), `rate.limited`, `quota.exceeded`,
   *   `limits.unavailable`
   */
  abstract admit(principal: Principal, demand: Demand, holdMs: number, told?: OnStandings): Promise<Grant>;

  /**
   * Holds quota and budget for a job; rate and concurrency are of interactive work.
   * @returns whether anything is held, and so has to be settled
   * @throws AppError `quota.exceeded`, `limits.unavailable`
   */
  abstract admitJob(
    principal: Principal,
    demand: Demand,
    holdMs: number,
    told?: OnStandings,
  ): Promise<boolean>;
  /** Some of a job's inputs have their outcomes: what they used counts, what was held for them is given back. */
  abstract settleInputs(
    job: { tenantId: string; id: string; task: string },
    heldUnits: number,
    spent: readonly Spent[],
  ): void;
  /** A job will not go on: what it holds is given back. */
  abstract endJob(tenantId: string, jobId: string): void;

  /** What would become of a demand; takes nothing. Without one, where the tenant's limits stand. */
  abstract estimate(principal: Principal, demand?: Demand, kind?: WorkKind): Promise<Estimate>;
}
