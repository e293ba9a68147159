import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestOptions } from '#transport';
import type { Principal } from '#kernel';

declare module 'mercurius' {
  interface MercuriusContext {
    request: FastifyRequest;
  }
}

/** Who asks, over POST or the web socket: all that fields of jobs need. */
export interface JobContext {
  principal: Principal;
  requestId: string;
  /** Aborts when nobody waits for an answer any more. */
  signal: AbortSignal;
}

/** What the resolvers of one GraphQL request over POST share. */
export interface GraphqlContext extends JobContext {
  request: FastifyRequest;
  /** mercurius sets the status of the reply through it. */
  reply: FastifyReply;
  options: RequestOptions;
  /** Inference and submission fields started so far; it tells their request ids apart. */
  submissions: number;
}
