import type { FastifyInstance } from 'fastify';
import type { Telemetry } from '#telemetry';
import { isPublicRoute } from '../admission/public-route.js';
import { worstStatus } from './worst-status.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The worst status among the errors of a GraphQL reply; 0 without any. */
    statusOfErrors: number;
  }
}

/**
 * One log line and two metrics a request, by route pattern, so that paths callers invent add no series. Probes, scrapes
 * and pages are logged only: they come by the clock and succeed, and where few people ask, an outage that refuses each of
 * them would be a small share of all. A GraphQL reply to an older client is 200 whatever became of its fields, so what
 * counts is the status of its errors.
 */
export function recordRequests(app: FastifyInstance, telemetry: Telemetry): void {
  app.decorateRequest('statusOfErrors', 0);
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    const durationMs = reply.elapsedTime;
    if (!isPublicRoute(route))
      telemetry.httpRequest({
        ...{ route, status: worstStatus(status, request.statusOfErrors), durationMs },
        span: request.span?.reference,
      });
    const keyId = request.principal?.keyId;
    request.log.info({ method: request.method, route, status, durationMs, keyId }, 'request');
    done();
  });
}
