import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestOptions } from '#transport';
import type { Principal } from '#kernel';

declare module 'mercurius' {
  interface MercuriusContext {
    request: FastifyRequest;
  }
}

/** What the resolvers of one GraphQL request share. */
export interface GraphqlContext {
  request: FastifyRequest;
  /** mercurius sets the status of the reply through it. */
  reply: FastifyReply;
  principal: Principal;
  signal: AbortSignal;
  options: RequestOptions;
  /** Inference fields started so far; it tells their request ids apart. */
  inferences: number;
}
