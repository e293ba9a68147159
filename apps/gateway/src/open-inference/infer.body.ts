import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError, headerLengthField } from '#kernel';
import type { InferBody } from '#transport';

const lengthText = /^[0-9]{1,9}$/;

/**
 * Bodies of the protocol, whatever their content type says: the header that tells of binary tensors is what counts, and
 * NVIDIA's client names no type at all. Only for the routes of `scope`.
 * @param maxBytesOf what a request may have, which hangs on the task and not on the route
 */
export function parseInferBodies(
  scope: FastifyInstance,
  maxBytesOf: (request: FastifyRequest) => number,
): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const maxBytes = maxBytesOf(request);
      if (body.length > maxBytes) throw tooLarge(maxBytes);
      const length = headerLength(request.headers[headerLengthField], body.length);
      const json = body.subarray(0, length);
      if (!isUtf8(json)) throw malformed('The JSON of the body is not valid UTF-8');
      void parseJson(request, json.toString(), (error: Error | null, parsed?: unknown) => {
        const read: InferBody = { json: parsed, binary: body.subarray(length) };
        done(error, read);
      });
    } catch (error) {
      done(AppError.from(error), undefined);
    }
  });
}

/** Where the JSON ends; all of the body is JSON where nothing is said. @throws AppError `request.malformed` */
function headerLength(value: string | string[] | undefined, bytes: number): number {
  if (value === undefined) return bytes;
  const length = typeof value === 'string' && lengthText.test(value) ? Number(value) : Infinity;
  if (length <= bytes) return length;
  throw malformed(`Inference-Header-Content-Length must be a number up to the ${bytes} bytes of the body`);
}

function malformed(detail: string): AppError {
  return new AppError('request.malformed', { detail });
}

function tooLarge(maxBytes: number): AppError {
  const limit = { name: 'body', value: maxBytes, unit: 'bytes' };
  return new AppError('request.too_large', { detail: `A body here has at most ${maxBytes} bytes`, limit });
}
