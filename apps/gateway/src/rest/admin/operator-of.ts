import type { FastifyRequest } from 'fastify';
import type { Operator } from '#core';
import { clientAddress } from '../../admission/client-address.js';
import { principalOf } from '../../admission/key.guard.js';

/** Who asks, as the audit log names them. */
export function operatorOf(request: FastifyRequest): Operator {
  const { keyId, tenantId } = principalOf(request);
  return { actor: `key:${keyId}`, tenantId, address: clientAddress(request), requestId: request.id };
}

/** What every JSON reply carries. */
export type WithRequestId<T> = T & { requestId: string };
