import { chunksOf, type StreamSource } from './file-input.js';

export interface Part {
  name: string;
  /** Text is a field, anything else a file. */
  value: string | Blob | StreamSource;
}

const encoder = new TextEncoder();

/** The chunks of a multipart body (RFC 7578). */
export async function* multipart(
  boundary: string,
  parts: readonly Part[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  for (const { name, value } of parts) {
    const isFile = typeof value !== 'string';
    const file = isFile ? `; filename="${name}"\r\nContent-Type: application/octet-stream` : '';
    yield encoder.encode(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`);
    if (!isFile) yield encoder.encode(value);
    else yield* chunksOf(value instanceof Blob ? value.stream() : await value(), signal);
    yield encoder.encode('\r\n');
  }
  yield encoder.encode(`--${boundary}--\r\n`);
}
