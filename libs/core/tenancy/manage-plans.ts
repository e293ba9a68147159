import type { PlanChange, PlanRequest } from '#contracts';
import { AppError, type Clock, type Plan } from '#kernel';
import { PlanStore } from '../ports/plan-store.js';
import { auditEvent, type Operator } from './operator.js';
import { standardPlan } from './standard-plan.js';

/** Plans for operators. A change reaches every tenant of the plan within a second. */
export class ManagePlans {
  constructor(
    private readonly store: PlanStore,
    private readonly clock: Clock,
    /** Ids of the tasks that a quota can be for. */
    private readonly taskIds: readonly string[],
  ) {}

  /** What is left out is as in the standard plan. @throws AppError `request.invalid`, `resource.conflict` */
  async create(by: Operator, request: PlanRequest): Promise<Plan> {
    const plan: Plan = { ...standardPlan, name: request.id, ...request };
    this.check(plan);
    if (await this.store.create(plan, this.event(by, 'plan.create', plan.id, request))) return plan;
    throw new AppError('resource.conflict', { detail: `There is a plan ${plan.id} already` });
  }

  list(): Promise<Plan[]> {
    return this.store.list();
  }

  /** @throws AppError `resource.not_found` */
  async find(id: string): Promise<Plan> {
    return existing(id, await this.store.find(id));
  }

  /** @throws AppError `request.invalid`, `resource.not_found` */
  async change(by: Operator, id: string, change: PlanChange): Promise<Plan> {
    this.check({ ...(await this.find(id)), ...change });
    return existing(id, await this.store.change(id, change, this.event(by, 'plan.change', id, change)));
  }

  /** @throws AppError `resource.not_found`, `resource.conflict` while it has tenants */
  async remove(by: Operator, id: string): Promise<void> {
    if (id === standardPlan.id)
      throw new AppError('resource.conflict', { detail: 'New tenants get the standard plan: it stays' });
    const outcome = await this.store.remove(id, this.event(by, 'plan.delete', id));
    if (outcome === 'missing') existing(id, undefined);
    if (outcome === 'in_use')
      throw new AppError('resource.conflict', {
        detail: `The plan ${id} has tenants: give them another one`,
      });
  }

  private check(plan: Plan): void {
    if ((plan.ratePerSecond === null) !== (plan.burst === null))
      throw invalid('burst', 'is given together with ratePerSecond');
    const unknown = Object.keys(plan.monthlyUnits).find((id) => !this.taskIds.includes(id));
    if (unknown !== undefined)
      throw invalid(`monthlyUnits.${unknown}`, 'is no task of this server', this.taskIds);
  }

  private event(by: Operator, action: string, target: string, details?: object) {
    return auditEvent(by, this.clock.now(), action, target, details);
  }
}

function invalid(path: string, message: string, supported?: readonly string[]): AppError {
  return new AppError('request.invalid', {
    detail: `${path}: ${message}`,
    issues: [{ path, message }],
    ...(supported !== undefined && { supported }),
  });
}

function existing(id: string, plan: Plan | undefined): Plan {
  if (plan === undefined) throw new AppError('resource.not_found', { detail: `There is no plan ${id}` });
  return plan;
}
