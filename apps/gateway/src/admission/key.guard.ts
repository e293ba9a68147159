import type { FastifyRequest } from 'fastify';
import type { AuthenticateKey } from '#core';
import { AppError, type Principal } from '#kernel';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; null on public routes. */
    principal: Principal | null;
  }
}

const bearer = /^Bearer +(\S+) *$/i;

/**
 * The one guard of REST and GraphQL. It is a Fastify hook and not a Nest guard because it must run before the body is
 * read: a caller without a key cannot make us buffer 16 MB.
 */
export function keyGuard(authenticate: AuthenticateKey): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    request.principal = await authenticate.execute(bearerKey(request.headers.authorization));
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
