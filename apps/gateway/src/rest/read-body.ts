import type { z } from 'zod';
import { AppError } from '#kernel';
import { fileFields, FormBody, formToInput } from '#transport';

/**
 * A body as its schema is to check it; a form only where the schema takes a file.
 * @throws AppError `request.unsupported_media_type`, `request.malformed` (there is none)
 */
export function readBody(body: unknown, input: z.ZodObject): unknown {
  if (body === undefined) throw new AppError('request.malformed', { detail: 'The body is empty' });
  if (!(body instanceof FormBody)) return body;
  if (fileFields(input).length === 0)
    throw new AppError('request.unsupported_media_type', { detail: 'Send application/json' });
  return formToInput(body, input);
}
