import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '#kernel';
import {
  formatGraphqlError,
  fromHttpError,
  isOpenInference,
  maxUploadBytes,
  problemHeaders,
  problemMediaType,
  toInferError,
  toProblem,
} from '#transport';

/** Turns whatever was thrown into one reply, and logs what was not expected: once, here, without payloads. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const error = fromHttpError(thrown, request.routeOptions.bodyLimit);
    sendProblem(http.getResponse<FastifyReply>(), request, error);
  }
}

/** Sends an error as its surface shows errors. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, error: AppError): void {
  logError(request, error);
  if (reply.sent) return;
  const unread = error.code === 'request.too_large' || request.body === request.raw;
  if (unread) afterBody(request, () => writeProblem(reply, request, error));
  else writeProblem(reply, request, error);
}

function writeProblem(reply: FastifyReply, request: FastifyRequest, error: AppError): void {
  void reply.code(error.status).headers({ 'X-Request-Id': request.id, ...problemHeaders(error) });
  if (request.url.startsWith('/graphql')) {
    void reply.type('application/graphql-response+json; charset=utf-8');
    void reply.send({ errors: [formatGraphqlError(error, request.id)] });
    return;
  }
  if (isOpenInference(request.url)) {
    void reply.type('application/json; charset=utf-8').send(JSON.stringify(toInferError(error, request.id)));
    return;
  }
  void reply.type(problemMediaType).send(JSON.stringify(toProblem(error, request.id)));
}

/** Most of a refused body that is read and thrown away so that its sender gets to see the refusal. */
const maxPassedBytes = maxUploadBytes;

/**
 * Replying while the client still writes, and closing, resets the connection: the client sees that in place of the
 * refusal. So the rest is read and dropped first, within the server's request timeout; a larger body is cut off.
 */
function afterBody({ raw }: FastifyRequest, reply: () => void): void {
  const declared = Number(raw.headers['content-length'] ?? 0);
  if (raw.complete || raw.destroyed || declared > maxPassedBytes) {
    reply();
    return;
  }
  let passed = 0;
  const pass = (chunk: Uint8Array) => {
    passed += chunk.length;
    if (passed > maxPassedBytes) finish();
  };
  const finish = () => {
    raw.off('data', pass).off('end', finish).off('close', finish);
    reply();
  };
  raw.on('data', pass).once('end', finish).once('close', finish);
  raw.resume();
}

/**
 * Our own faults are logged with their cause; a caller's are counted, not logged. What a model fails on was logged where
 * it ran: the cause stays there.
 */
export function logError(request: FastifyRequest, error: AppError): void {
  if (error.status < 500 || error.code === 'engine.failed') return;
  const level = error.code === 'internal' ? 'error' : 'warn';
  request.log[level]({ code: error.code, internal: error.internal, err: error.cause }, error.message);
}
