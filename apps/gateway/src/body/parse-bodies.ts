import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '#kernel';
import { acceptedTypes, linesMediaTypes, malformedJson, parseForm } from '#transport';

const uploadRoute = '/v1/jobs';
const videoRoute = '/v1/videos';
/** What clients say that a video is; what it is the file tells. */
const videoMediaType = /^(?:video\/|application\/octet-stream)/i;

/** Whether a body is read by its endpoint while it arrives. */
export function isUploadOf(url: string | undefined, contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (
    (url === uploadRoute && linesMediaTypes.includes(type)) ||
    (url === videoRoute && videoMediaType.test(type))
  );
}

/** JSON in strict UTF-8, forms, and JSON lines where a job is submitted and videos, whose streams are handed on unread; any other content type is refused. */
export function parseBodies(app: FastifyInstance): void {
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

/** Bodies are bounded by their length as sent: a compressed one could hold a thousand times as much. */
export function compressedBody({ headers }: FastifyRequest): AppError | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding.toLowerCase() === 'identity'
    ? undefined
    : new AppError('request.unsupported_media_type', { detail: 'Send the body uncompressed' });
}
