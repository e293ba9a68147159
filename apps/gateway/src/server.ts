import type { Socket } from 'node:net';
import { isUtf8 } from 'node:buffer';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
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
import {
  acceptedTypes,
  endpoints,
  fromClientError,
  fromHttpError,
  linesMediaTypes,
  malformedJson,
  maxBodyBytes,
  maxHeadBytes,
  parseForm,
  problemMediaType,
  slowestBodyBytesPerMs,
  toProblem,
  uploadTimeoutMs,
} from '#transport';
import type { ProxyTrust } from './admission/client-address.js';
import { answerPreflight, isPreflight } from './admission/cors.js';
import { keyGuard } from './admission/key.guard.js';
import type { Lifecycle } from './admission/lifecycle.js';
import { isPublicRoute } from './admission/public-route.js';
import { securityHeaders } from './ops/security-headers.js';
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

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'] as const;

/** HEAD is served by what serves GET. */
function methodOf({ method }: RouteOptions): string {
  const [first = ''] = Array.isArray(method) ? method : [method];
  return first === 'HEAD' ? 'GET' : first;
}

/** Whether a path is served, also one that has parameters. */
function hasRoute({ server }: FastifyRequest, method: (typeof methods)[number], path: string): boolean {
  if (server.hasRoute({ method, url: path })) return true;
  return endpoints.some((endpoint) => {
    const pattern = endpoint.path.split('/');
    const parts = path.split('/');
    return (
      endpoint.method === (method === 'HEAD' ? 'GET' : method) &&
      pattern.length === parts.length &&
      pattern.every((part, i) => part === parts[i] || (part.startsWith(':') && parts[i] !== ''))
    );
  });
}

/** Under which methods a path is served. */
function methodsOf(request: FastifyRequest): string[] {
  const [path = '/'] = request.url.split('?', 1);
  return methods.filter((method) => hasRoute(request, method, path));
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

/** Bodies are bounded by their length as sent: a compressed one could hold a thousand times as much. */
function compressedBody({ headers }: FastifyRequest): AppError | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity'
    ? undefined
    : new AppError('request.unsupported_media_type', { detail: 'Send the body uncompressed' });
}

/**
 * A body that comes too slowly is refused, as Node itself refuses slow headers: a photo over a poor connection has the
 * time that its announced length takes beside that. Uploads have a bound of their own.
 */
function boundBodies(app: FastifyInstance, requestTimeoutMs: number): void {
  app.addHook('onRequest', ({ raw, routeOptions, headers }, _reply, done) => {
    const isUpload = isUploadOf(routeOptions.url, headers['content-type']);
    const announced = Number(headers['content-length'] ?? 0);
    const hasBody = headers['transfer-encoding'] !== undefined || announced > 0;
    if (hasBody && !isUpload) {
      const timer = setTimeout(
        () => {
          const error = Object.assign(new Error('The body is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
          if (!raw.complete) refuseClient(error, raw.socket);
        },
        requestTimeoutMs + Math.min(announced, routeOptions.bodyLimit) / slowestBodyBytesPerMs,
      );
      raw.once('close', () => clearTimeout(timer));
      raw.once('end', () => clearTimeout(timer));
    }
    done();
  });
}

/** A reply that is read too slowly, byte by byte so that its connection never idles, would stay in memory for ever. */
function boundReplies(app: FastifyInstance, replyTimeoutMs: number): void {
  app.addHook('onSend', ({ raw: { socket } }, { raw }, payload, done) => {
    const timer = setTimeout(() => socket.destroy(), replyTimeoutMs);
    raw.once('close', () => clearTimeout(timer));
    done(null, payload);
  });
}

const uploadRoute = '/v1/jobs';
const videoRoute = '/v1/videos';
/** What clients say that a video is; what it is the file tells. */
const videoMediaType = /^(?:video\/|application\/octet-stream)/i;

/** Whether a body is read by its endpoint while it arrives. */
function isUploadOf(url: string | undefined, contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (
    (url === uploadRoute && linesMediaTypes.includes(type)) ||
    (url === videoRoute && videoMediaType.test(type))
  );
}

/** JSON in strict UTF-8, forms, and JSON lines where a job is submitted and videos, whose streams are handed on unread; any other content type is refused. */
function parseBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // Decoding would replace broken bytes by U+FFFD, and answer a text that nobody sent.
    if (!isUtf8(body))
      done(new AppError('request.malformed', { detail: 'The body is not valid UTF-8' }), undefined);
    else {
      const text = body.toString();
      void parseJson(request, text, (error, parsed) =>
        done(isMalformed(error) ? malformedJson(text) : error, parsed),
      );
    }
  });
  app.addContentTypeParser([...linesMediaTypes], (request: FastifyRequest, body: IncomingMessage, done) => {
    if (request.routeOptions.url === uploadRoute) done(null, body);
    else done(unsupported(request), undefined);
  });
  app.addContentTypeParser(videoMediaType, (request: FastifyRequest, body: IncomingMessage, done) => {
    if (request.routeOptions.url === videoRoute) done(null, body);
    else done(unsupported(request), undefined);
  });
  app.addContentTypeParser(
    'multipart/form-data',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer) =>
      request.routeOptions.url === uploadRoute
        ? Promise.reject(unsupported(request))
        : parseForm(request.headers['content-type'] ?? '', body),
  );
  app.addContentTypeParser('*', (request: FastifyRequest, _body, done) =>
    done(unsupported(request), undefined),
  );
}

function isMalformed(error: (Error & { code?: string }) | null): boolean {
  return error?.code === 'FST_ERR_CTP_INVALID_JSON_BODY';
}

const wanted: Partial<Record<string, string>> = {
  [videoRoute]: 'Send the video as the body',
  [uploadRoute]: 'Send application/json, or application/x-ndjson with one input a line',
};

function unsupported({ routeOptions: { url = '' } }: FastifyRequest): AppError {
  return new AppError('request.unsupported_media_type', { detail: wanted[url] ?? acceptedTypes });
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
      ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
      `Content-Type: ${problemMediaType}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
  socket.destroySoon();
}
