import type { GraphQLResolveInfo } from 'graphql';
import type { Submission } from '#core';
import { noteStandings } from '../admission/limit.headers.js';
import type { GraphqlContext } from './graphql.context.js';

/**
 * One field that infers. The first has the id of the HTTP request, further ones that id and a number: each is metered as a
 * request of its own. An `Idempotency-Key` counts per field, by the name the field has in the reply.
 */
export function fieldSubmission(
  context: GraphqlContext,
  info: GraphQLResolveInfo,
): Omit<Submission, 'task' | 'input'> {
  context.submissions += 1;
  const { request, principal, signal, options, submissions } = context;
  const { idempotencyKey, ...rest } = options;
  return {
    principal,
    requestId: submissions === 1 ? request.id : `${request.id}.${submissions}`,
    signal,
    onStandings: noteStandings(request),
    ...rest,
    ...request.span?.carrier,
    ...(idempotencyKey !== undefined && { idempotencyKey: `${idempotencyKey} ${String(info.path.key)}` }),
  };
}
