import type { AuditEvent } from '../ports/audit-log.js';
import { canonicalJson } from './audit-chain.js';

/** Who administers, as the audit log names them. */
export interface Operator {
  /** `key:<id>`, `cli:<user>` or `system`. */
  actor: string;
  /** Of the key that is used, over the API. */
  tenantId: string | null;
  address: string | null;
  requestId: string | null;
}

/** The program itself, when it makes the first tenant of an installation. */
export const systemOperator: Operator = { actor: 'system', tenantId: null, address: null, requestId: null };

/** An event of the audit log; `details` must hold no secret. */
export function auditEvent(
  { actor, address, requestId }: Operator,
  nowMs: number,
  action: string,
  target: string,
  details: object = {},
): AuditEvent {
  const at = new Date(Math.floor(nowMs));
  return { at, actor, action, target, address, requestId, details: canonicalJson(details) };
}
