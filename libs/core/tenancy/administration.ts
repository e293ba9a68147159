import type { Clock } from '#kernel';
import { ManageKeys } from '../identity/manage-keys.js';
import type { AuditLog } from '../ports/audit-log.js';
import type { KeyStore } from '../ports/key-store.js';
import type { PlanStore } from '../ports/plan-store.js';
import type { TenantStore } from '../ports/tenant-store.js';
import { BrowseAudit } from './browse-audit.js';
import { ManagePlans } from './manage-plans.js';
import { ManageTenants } from './manage-tenants.js';

/** What operators' actions need of the database. */
export interface Directory {
  tenants: TenantStore;
  keys: KeyStore;
  plans: PlanStore;
  audit: AuditLog;
}

/** All that an operator can do to an installation: one set of use cases for the admin API and the command line. */
export class Administration {
  readonly tenants: ManageTenants;
  readonly keys: ManageKeys;
  readonly plans: ManagePlans;
  readonly audit: BrowseAudit;

  constructor(directory: Directory, clock: Clock, taskIds: readonly string[]) {
    this.tenants = new ManageTenants(directory.tenants, clock);
    this.keys = new ManageKeys(directory.keys, clock, taskIds);
    this.plans = new ManagePlans(directory.plans, clock, taskIds);
    this.audit = new BrowseAudit(directory.audit);
  }
}
