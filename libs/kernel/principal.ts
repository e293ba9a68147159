import type { Plan } from './plan.js';

/** Who is calling: the tenant and key that a verified API key stands for. */
export interface Principal {
  tenantId: string;
  keyId: string;
  role: 'tenant' | 'admin';
  /** What the key may do: ids of tasks and fixed scopes, or `*`. */
  scopes: readonly string[];
  /** Fair-share weight: the tenant's own, or its plan's where it has none. */
  weight: number;
  plan: Plan;
  /** Prepaid money in millionths of the installation's currency; null: not prepaid. */
  budget: number | null;
}
