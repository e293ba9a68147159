/**
 * contracts: zod schemas shared by more than one task or room.
 *
 * Owns: what crosses a boundary (job envelope, usage, problem details, tenants, keys and plans, inspections, images and text as inputs) and the checked
 * subset of zod that every surface (REST, OpenAPI, GraphQL, queue) can express.
 * Refuses: behaviour; a schema used by one task stays in that task's folder.
 */
export * from './api-key.js';
export * from './audit.js';
export * from './bytes.js';
export * from './estimate.js';
export * from './inspection.js';
export * from './inspection-profile.js';
export * from './invoice.js';
export * from './job.js';
export * from './job-envelope.js';
export * from './model-choice.js';
export * from './one-or-many.js';
export * from './price.js';
export { planChange, planRequest, planView, type PlanChange, type PlanRequest } from './plan.js';
export * from './problem.js';
export * from './task-contract.js';
export {
  tenantChange,
  tenantErasure,
  tenantRequest,
  tenantView,
  type TenantChange,
  type TenantErasure,
  type TenantRequest,
  type TenantView,
} from './tenant.js';
export * from './text.js';
export * from './usage.js';
export * from './video.js';
export * from './webhook.js';
