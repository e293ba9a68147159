import type { FastifyInstance } from 'fastify';
import type { Telemetry } from '#telemetry';

/** One log line and two metrics a request, by route pattern, so that paths callers invent add no series. */
export function recordRequests(app: FastifyInstance, telemetry: Telemetry): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const status = reply.statusCode;
    const durationMs = reply.elapsedTime;
    telemetry.httpRequest({ route, status, durationMs });
    const keyId = request.principal?.keyId;
    request.log.info({ method: request.method, route, status, durationMs, keyId }, 'request');
    done();
  });
}
