import type { Plan } from '#kernel';

/** The plan of tenants for which nobody chose another; every database is made with it. What a new plan leaves out is as here. */
export const standardPlan: Plan = {
  id: 'standard',
  name: 'Standard',
  ratePerSecond: null,
  burst: null,
  concurrency: null,
  monthlyUnits: {},
  softThreshold: 0.8,
  maxItems: null,
  weight: 1,
  retentionDays: 7,
  corsOrigins: [],
};
