import type { Plan } from '#kernel';
import type { AuditEvent } from './audit-log.js';

/** Plans, for operators. Every method is one transaction, and what changes something writes its event in it. */
export abstract class PlanStore {
  /** False when its id is taken. */
  abstract create(plan: Plan, event: AuditEvent): Promise<boolean>;
  abstract find(id: string): Promise<Plan | undefined>;
  abstract list(): Promise<Plan[]>;
  /** Undefined when there is none. */
  abstract change(
    id: string,
    change: Partial<Omit<Plan, 'id'>>,
    event: AuditEvent,
  ): Promise<Plan | undefined>;
  abstract remove(id: string, event: AuditEvent): Promise<'removed' | 'in_use' | 'missing'>;
}
