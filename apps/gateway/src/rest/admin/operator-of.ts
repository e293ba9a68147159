import type { FastifyRequest } from 'fastify';
import type { Operator } from '#core';
import { principalOf } from '../../admission/key.guard.js';

/** Who asks, as the audit log names them. */
export function operatorOf(request: FastifyRequest): Operator {
  const { keyId, tenantId } = principalOf(request);
  return { actor: `key:${keyId}`, tenantId, address: request.ip, requestId: request.id };
}

/** What every JSON reply carries. */
export type WithRequestId<T> = T & { requestId: string };
