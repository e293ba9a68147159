import { z } from 'zod';
import { oneLine } from './text.js';

/** Operators give names, and people read them, on terminals and in lists: whatever they like, in one line. */
export const displayName = oneLine(200);
export const planId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and dashes');
/** Bounded on both sides: shares are sums of work over weights. */
export const weight = z.number().min(0.001).max(1_000);
export const retentionDays = z.int().min(1).max(3_650);

const settings = {
  name: displayName,
  planId: planId.describe('id of its plan'),
  weight: weight.nullable().describe("fair share relative to other tenants; null: the plan's"),
  retentionDays: retentionDays.nullable().describe('days that jobs are kept; null: as the plan says'),
  budget: z
    .int()
    .min(0)
    .nullable()
    .describe('prepaid money in millionths of the installation’s currency; null: not prepaid'),
};

/** A tenant to be; what is left out has its default. */
export const tenantRequest = z.object({
  ...settings,
  planId: settings.planId.default('standard'),
  weight: settings.weight.default(null),
  retentionDays: settings.retentionDays.default(null),
  budget: settings.budget.default(null),
});
export type TenantRequest = z.output<typeof tenantRequest>;

/** What changes; what is left out stays. */
export const tenantChange = z.object({
  name: settings.name.exactOptional(),
  planId: settings.planId.exactOptional(),
  weight: settings.weight.exactOptional(),
  retentionDays: settings.retentionDays.exactOptional(),
  budget: settings.budget.exactOptional(),
});
export type TenantChange = z.output<typeof tenantChange>;

export const tenantView = z
  .object({
    id: z.string(),
    ...settings,
    name: z.string().describe('as it was given, also to a version that let through more'),
    status: z.enum(['active', 'suspended']),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Tenant' });
export type TenantView = z.output<typeof tenantView>;

/** What went with a tenant; its inputs and results went with its jobs. */
export const tenantErasure = z
  .object({
    id: z.string(),
    jobs: z.int(),
    webhookDeliveries: z.int(),
    inspectionProfiles: z.int(),
    replies: z.int().describe('remembered for an Idempotency-Key'),
    keys: z.int(),
  })
  .meta({ id: 'TenantErasure' });
export type TenantErasure = z.output<typeof tenantErasure>;
