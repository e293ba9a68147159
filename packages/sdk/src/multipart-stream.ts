import type { CallSignal } from './call-signal.js';
import { chunksOf, type StreamSource } from './file-input.js';

export interface Part {
  name: string;
  /** Text is a field, anything else a file. */
  value: string | Blob | StreamSource;
}

const encoder = new TextEncoder();

/**
 * A multipart body (RFC 7578) that is read no faster than it is sent. A part that fails aborts the call: the runtime
 * would pass it off as a failure of the network. When the call ends, however it does, what is left is let go of.
 */
export function multipartStream(
  boundary: string,
  parts: readonly Part[],
  call: CallSignal,
): ReadableStream<Uint8Array> {
  const chunks = encode(boundary, parts, call.signal);
  // `ReadableStream.from` would do, were it everywhere.
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          call.abort(error);
          controller.error(error);
        }
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}

async function* encode(
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

/**
 * Whether this runtime sends a body while it is read. Pages do not: Firefox and Safari cannot, Chromium only over
 * HTTP/2. Elsewhere the runtime is asked: one that knows no streams takes them for text and never looks at `duplex`.
 */
export function canStreamUploads(): boolean {
  if ('document' in globalThis) return false;
  let asked = false;
  const init = {
    method: 'POST',
    body: new ReadableStream(),
    get duplex(): 'half' {
      asked = true;
      return 'half';
    },
  };
  return !new Request('http://localhost', init).headers.has('content-type') && asked;
}
