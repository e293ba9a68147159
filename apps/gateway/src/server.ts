import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  LogController,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify';
import type { AuthenticateKey } from '#core';
import { newRequestId } from '#core';
import { AppError } from '#kernel';
import { tasks } from '#tasks';
import type { Logger } from '#telemetry';
import { endpoints, fromHttpError, maxBodyBytes, maxHeadBytes, uploadTimeoutMs } from '#transport';
import type { ProxyTrust } from './admission/client-address.js';
import { answerPreflight, isPreflight } from './admission/cors.js';
import { keyGuard } from './admission/key.guard.js';
import type { Lifecycle } from './admission/lifecycle.js';
import { isPublicRoute } from './admission/public-route.js';
import { methodsOf } from './admission/served-methods.js';
import { boundBodies, boundReplies } from './body/bound-transfers.js';
import { compressedBody, parseBodies } from './body/parse-bodies.js';
import { refuseClient } from './body/refuse-client.js';
import { sendProblem } from './rest/problem.filter.js';

export interface ServerOptions {
  logger: Logger;
  /** Longest time headers and body may take to arrive, milliseconds. */
  requestTimeoutMs: number;
  trustProxy: ProxyTrust;
}

/** A connection on which nothing moves for this long past the longest deadline is dropped: a reader that stalls. */
const connectionTimeoutMs = Math.max(...tasks.map(({ timeoutMs }) => timeoutMs)) + 30_000;

/** Fastify with every bound set: nothing a client sends, or leaves unsent, can hold a buffer or a socket for ever. */
export function createAdapter({ logger, requestTimeoutMs, trustProxy }: ServerOptions): FastifyAdapter {
  return new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: newRequestId,
    trustProxy,
    bodyLimit: maxBodyBytes,
    // Headers have `headersTimeout`, all bodies but uploads `boundBodies`; this is what an upload may take.
    requestTimeout: Math.max(requestTimeoutMs, uploadTimeoutMs),
    connectionTimeout: connectionTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.max(100, requestTimeoutMs / 10),
      maxHeaderSize: maxHeadBytes,
      // Others (h2c among them) go on as the ordinary requests that they also are.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    routerOptions: { maxParamLength: 128 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: false,
    skipMiddie: true,
    multipart: false,
    clientErrorHandler: refuseClient,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, request, fromHttpError(error, request.routeOptions.bodyLimit));
    },
  });
}

/** Guards, body limits and parsers; must run before routes are registered. */
export function configureServer(
  app: FastifyInstance,
  {
    authenticate,
    lifecycle,
    requestTimeoutMs,
    replyTimeoutMs,
  }: {
    authenticate: AuthenticateKey;
    lifecycle: Lifecycle;
    requestTimeoutMs: number;
    replyTimeoutMs: number;
  },
): void {
  const guard = keyGuard(authenticate);
  const byRoute = new Map(endpoints.map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpoint]));
  app.decorateRequest('principal', null);
  app.addHook('onRequest', (request, reply, done) => {
    const allowed = request.is404 ? methodsOf(request) : [];
    if (allowed.length > 0 && isPreflight(request)) answerPreflight(request, reply, allowed);
    else
      done(request.is404 ? missingRoute(reply, allowed) : (unknownName(request) ?? compressedBody(request)));
  });
  boundBodies(app, requestTimeoutMs);
  boundReplies(app, replyTimeoutMs);
  // A reply that keeps its connection open would hold the shutdown until the client lets go of it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.isDraining) void reply.header('Connection', 'close');
    done(null, payload);
  });
  app.addHook('onRoute', (route) => {
    const endpoint = byRoute.get(`${methodOf(route)} ${route.url}`);
    if (endpoint?.bodyLimitBytes !== undefined) route.bodyLimit = endpoint.bodyLimitBytes;
    if (!isPublicRoute(route.url)) {
      route.onRequest = async (request, reply) => {
        lifecycle.assertOpen();
        await guard(request, reply, endpoint?.scope);
      };
    }
  });
  parseBodies(app);
}

/** HEAD is served by what serves GET. */
function methodOf({ method }: RouteOptions): string {
  const [first = ''] = Array.isArray(method) ? method : [method];
  return first === 'HEAD' ? 'GET' : first;
}

/** A path that exists under another method is 405 with `Allow`, any other 404; neither has its body read. */
function missingRoute(reply: FastifyReply, allowed: readonly string[]): AppError {
  if (allowed.length === 0) {
    return new AppError('resource.not_found', { detail: 'There is nothing at this path' });
  }
  void reply.header('Allow', allowed.join(', '));
  return new AppError('route.method_not_allowed', { supported: allowed });
}

/** No database holds a text with NUL, so nothing is named by one. */
function unknownName({ params }: FastifyRequest): AppError | undefined {
  const names = Object.values(params ?? {});
  return names.some((name) => String(name).includes('\0')) ? new AppError('resource.not_found') : undefined;
}
