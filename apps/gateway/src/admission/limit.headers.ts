import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Admission, LimitStanding, OnStandings } from '#core';
import { rateLimitHeaders } from '#transport';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the tenant's limits stand after this request, by name; null while nobody has asked. */
    standings: Map<string, LimitStanding> | null;
  }
}

/** Collects what the use cases hear of the limits; of a document with many fields, the latest. */
export function noteStandings(request: FastifyRequest): OnStandings {
  return (standings) => {
    request.standings ??= new Map();
    for (const standing of standings) request.standings.set(standing.name, standing);
  };
}

/** Tells a limited tenant where its limits stand, on every answer. Refusals, pages and jobs ask; inference has the answer. */
export function tellLimits(app: FastifyInstance, admission: Admission): void {
  app.decorateRequest('standings', null);
  app.addHook('onSend', (request, reply, payload, done) => {
    const { principal, standings } = request;
    if (principal === null || !admission.limits(principal)) {
      done(null, payload);
      return;
    }
    const tell = (found: Iterable<LimitStanding>) => {
      void reply.headers(rateLimitHeaders([...found]));
      done(null, payload);
    };
    if (standings !== null) tell(standings.values());
    // Where the counters are out of reach, an answer that does not need them goes out without these headers.
    else
      admission.estimate(principal).then(
        (found) => tell(found.standings),
        () => tell([]),
      );
  });
}
