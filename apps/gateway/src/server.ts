import type { Socket } from 'node:net';
import { isUtf8 } from 'node:buffer';
import { STATUS_CODES } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AuthenticateKey } from '#core';
import { newRequestId } from '#core';
import { AppError } from '#kernel';
import { tasks } from '#tasks';
import type { Logger } from '#telemetry';
import {
  endpoints,
  fromClientError,
  fromHttpError,
  maxBodyBytes,
  maxHeadBytes,
  parseForm,
  problemMediaType,
  toProblem,
} from '#transport';
import { keyGuard } from './admission/key.guard.js';
import type { Lifecycle } from './admission/lifecycle.js';
import { sendProblem } from './rest/problem.filter.js';

export interface ServerOptions {
  logger: Logger;
  /** Longest time headers and body may take to arrive, milliseconds. */
  requestTimeoutMs: number;
}

/** A connection on which nothing moves for this long past the longest deadline is dropped: a reader that stalls. */
const connectionTimeoutMs = Math.max(...tasks.map(({ timeoutMs }) => timeoutMs)) + 30_000;

/** Fastify with every bound set: nothing a client sends, or leaves unsent, can hold a buffer or a socket for ever. */
export function createAdapter({ logger, requestTimeoutMs }: ServerOptions): FastifyAdapter {
  return new FastifyAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: newRequestId,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: connectionTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.max(100, requestTimeoutMs / 10),
      maxHeaderSize: maxHeadBytes,
    },
    routerOptions: { maxParamLength: 128 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    return503OnClosing: false,
    skipMiddie: true,
    multipart: false,
    clientErrorHandler: refuseClient,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, request, fromHttpError(error));
    },
  });
}

/** Guards, body limits and parsers; must run before routes are registered. */
export function configureServer(
  app: FastifyInstance,
  { authenticate, lifecycle }: { authenticate: AuthenticateKey; lifecycle: Lifecycle },
): void {
  const guard = keyGuard(authenticate);
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  app.decorateRequest('principal', null);
  app.addHook('onRequest', (request, reply, done) => {
    done(request.is404 ? missingRoute(request, reply) : compressedBody(request));
  });
  // A reply that keeps its connection open would hold the shutdown until the client lets go of it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.isDraining) void reply.header('Connection', 'close');
    done(null, payload);
  });
  app.addHook('onRoute', (route) => {
    const endpoint = byPath.get(route.url);
    if (endpoint?.bodyLimitBytes !== undefined) route.bodyLimit = endpoint.bodyLimitBytes;
    // Whatever is not known to be public needs a key.
    const isPublic = endpoint?.public ?? (route.url === '/' || route.url.startsWith('/docs'));
    if (!isPublic) {
      route.onRequest = async (request) => {
        lifecycle.assertOpen();
        await guard(request);
      };
    }
  });
  parseBodies(app);
}

/** A path that exists under another method is 405 with `Allow`, any other 404; neither has its body read. */
function missingRoute(request: FastifyRequest, reply: FastifyReply): AppError {
  const [path = '/'] = request.url.split('?', 1);
  const allowed = ['GET', 'HEAD', 'POST'].filter((method) => request.server.hasRoute({ method, url: path }));
  if (allowed.length === 0) {
    return new AppError('resource.not_found', { detail: 'There is nothing at this path' });
  }
  void reply.header('Allow', allowed.join(', '));
  return new AppError('route.method_not_allowed', { supported: allowed });
}

/** Bodies are bounded by their length as sent: a compressed one could hold a thousand times as much. */
function compressedBody({ headers }: FastifyRequest): AppError | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity'
    ? undefined
    : new AppError('request.unsupported_media_type', { detail: 'Send the body uncompressed' });
}

/** JSON in strict UTF-8 and forms; any other content type is refused. */
function parseBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Decoding would replace broken bytes by U+FFFD, and answer a text that nobody sent.
    if (!isUtf8(body))
      done(new AppError('request.malformed', { detail: 'The body is not valid UTF-8' }), undefined);
    else void parseJson(request, body.toString(), done);
  });
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer) => parseForm(request.headers['content-type'] ?? '', body),
  );
}

/** What Node's parser refused never becomes a request; the socket still gets a well-formed answer, then closes. */
function refuseClient(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = toProblem(fromClientError(error), newRequestId());
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
      'Connection: close',
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  socket.destroySoon();
}
