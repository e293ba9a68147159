import { z } from 'zod';
import {
  auditView,
  keyQuery,
  keyRequest,
  keyRotation,
  keyView,
  newKeyView,
  newPrice,
  pageQuery,
  planChange,
  planRequest,
  planView,
  priceList,
  priceView,
  tenantChange,
  tenantErasure,
  tenantRequest,
  tenantView,
} from '#contracts';

const requestId = { requestId: z.string() };
const nextCursor = { nextCursor: z.string().optional() };

/** `POST /v1/admin/tenants`, `PATCH /v1/admin/tenants/:id` */
export const tenantBody = tenantRequest.meta({ id: 'TenantRequest' });
export const tenantChangeBody = tenantChange.meta({ id: 'TenantChange' });
export const tenantReply = tenantView.extend(requestId).meta({ id: 'TenantReply' });

/** `GET /v1/admin/tenants` */
export const tenantListReply = z
  .object({ tenants: z.array(tenantView).describe('oldest first'), ...nextCursor, ...requestId })
  .meta({ id: 'TenantListReply' });

/** `DELETE /v1/admin/tenants/:id` */
export const tenantErasureReply = tenantErasure.extend(requestId).meta({ id: 'TenantErasureReply' });

/** `POST /v1/admin/keys`, `POST /v1/admin/keys/:id/rotate` */
export const keyBody = keyRequest.meta({ id: 'ApiKeyRequest' });
export const keyRotationBody = keyRotation.meta({ id: 'ApiKeyRotation' });
export const newKeyReply = newKeyView.extend(requestId).meta({ id: 'NewApiKeyReply' });

/** `GET /v1/admin/keys/:id`, `DELETE /v1/admin/keys/:id` */
export const keyReply = keyView.extend(requestId).meta({ id: 'ApiKeyReply' });

/** `GET /v1/admin/keys` */
export const keyListQuery = pageQuery.extend(keyQuery.shape);
export const keyListReply = z
  .object({ keys: z.array(keyView).describe('oldest first'), ...nextCursor, ...requestId })
  .meta({ id: 'ApiKeyListReply' });

/** `POST /v1/admin/plans`, `PATCH /v1/admin/plans/:id` */
export const planBody = planRequest.meta({ id: 'PlanRequest' });
export const planChangeBody = planChange.meta({ id: 'PlanChange' });
export const planReply = planView.extend(requestId).meta({ id: 'PlanReply' });

/** `GET /v1/admin/plans` */
export const planListReply = z
  .object({ plans: z.array(planView), ...requestId })
  .meta({ id: 'PlanListReply' });

/** `DELETE /v1/admin/plans/:id` */
export const planRemovalReply = z.object({ id: z.string(), ...requestId }).meta({ id: 'PlanRemovalReply' });

/** `POST /v1/admin/prices` */
export const priceBody = newPrice;
export const priceReply = priceView.extend(requestId).meta({ id: 'PriceReply' });

/** `GET /v1/admin/prices` */
export const priceListReply = priceList.extend(requestId).meta({ id: 'PriceListReply' });

/** `GET /v1/admin/audit` */
export const auditListReply = z
  .object({ entries: z.array(auditView).describe('newest first'), ...nextCursor, ...requestId })
  .meta({ id: 'AuditListReply' });
