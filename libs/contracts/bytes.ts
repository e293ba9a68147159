import { z } from 'zod';

/** Largest image file, in bytes, before any decoding. */
export const maxImageBytes = 10 * 1024 * 1024;

/** With length % 4: a pattern of groups of four overflows V8's stack at 5 MB, this one takes 13 ms for 10 MiB. */
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * An image file: base64 in JSON and GraphQL, raw bytes when a multipart upload was read. Decoded here so that
 * everything past the edge holds bytes.
 */
export const imageBytes = () =>
  z
    .custom<string | Uint8Array>((value) => typeof value === 'string' || value instanceof Uint8Array, {
      error: 'must be an image file, base64 in JSON',
    })
    .transform((value, context): Uint8Array => {
      const bytes = typeof value === 'string' ? decodeBase64(value) : value;
      const problem =
        bytes === undefined
          ? 'must be base64 (RFC 4648 section 4, padded, no line breaks)'
          : bytes.length === 0
            ? 'must not be empty'
            : bytes.length > maxImageBytes
              ? `must be at most ${maxImageBytes} bytes`
              : undefined;
      if (problem === undefined && bytes !== undefined) return bytes;
      context.addIssue({ code: 'custom', message: problem ?? 'must be bytes' });
      return z.NEVER;
    })
    .meta({
      bytes: true,
      override: { type: 'string', contentEncoding: 'base64', contentMediaType: 'image/*' },
    });

/** Node's decoder skips what is not base64; a caller must hear of it instead. */
function decodeBase64(value: string): Uint8Array | undefined {
  return value.length % 4 === 0 && base64.test(value) ? Buffer.from(value, 'base64') : undefined;
}
