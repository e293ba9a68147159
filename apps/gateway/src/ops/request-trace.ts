import type { FastifyInstance } from 'fastify';
import type { RequestSpan, Tracing } from '#telemetry';
import { isPublicRoute } from '../admission/public-route.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's server span; null where requests are not traced. */
    span: RequestSpan | null;
  }
}

/**
 * A server span for each request to a route that needs a key, refused ones included, and its ids in every log line of
 * the request. Probes, scrapes and pages are left out: they come by the clock, and would be most of all traces. Paths
 * that do not exist have no route to be named by.
 */
export function traceRequests(app: FastifyInstance, traces: Tracing): void {
  app.decorateRequest('span', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    if (route !== undefined && !isPublicRoute(route)) {
      const { method, id: requestId, headers } = request;
      const [path = route] = request.url.split('?', 1);
      const span = traces.request({ method, route, path, requestId, headers });
      if (span !== undefined) {
        request.span = span;
        request.log = request.log.child(span.logFields);
      }
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    request.span?.end(reply.statusCode);
    done();
  });
}
