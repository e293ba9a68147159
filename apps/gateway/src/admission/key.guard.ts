import type { FastifyReply, FastifyRequest } from 'fastify';
import { assertScope, type AuthenticateKey } from '#core';
import { AppError, type Principal } from '#kernel';
import { clientAddress } from './client-address.js';
import { allowOrigin } from './cors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null on public routes. */
    principal: Principal | null;
  }
}

const bearer = /^Bearer +(\S+) *$/i;

/**
 * The one guard of REST and GraphQL. It is a Fastify hook and not a Nest guard because it must run before the body is
 * read: a caller without a key, or without the scope of the endpoint, cannot make us buffer 16 MB.
 */
export function keyGuard(authenticate: AuthenticateKey) {
  return async (request: FastifyRequest, reply: FastifyReply, scope: string | undefined): Promise<void> => {
    const { authorization, origin } = request.headers;
    const text = bearerKey(authorization);
    const principal = await authenticate.execute({ text, address: clientAddress(request), origin });
    allowOrigin(request, reply, principal);
    if (scope !== undefined) assertScope(principal, scope);
    request.principal = principal;
  };
}

/** The key in an `Authorization` header. */
export function bearerKey(header: string | undefined): string | undefined {
  return bearer.exec(header ?? '')?.[1];
}

/** The principal of a guarded route. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new AppError('auth.missing_key');
  return request.principal;
}
