import type { CallSignal } from './call-signal.js';

/**
 * A body that is read no faster than it is sent. What fails while it is read aborts the call: the runtime would pass it
 * off as a failure of the network. When the call ends, however it does, what is left is let go of.
 */
export function bodyStream(
  chunks: AsyncGenerator<Uint8Array, void>,
  call: CallSignal,
): ReadableStream<Uint8Array> {
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
