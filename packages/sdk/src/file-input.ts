/** Bytes that arrive over time, e.g. a `fetch` body or a Node.js read stream. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * A file to send. A stream is sent as it is read and can be read once only: a call with one is not tried again. A
 * function that opens the stream is called for each attempt. Text is taken for base64.
 */
export type FileInput =
  Blob | Uint8Array | ArrayBuffer | ByteStream | (() => ByteStream | Promise<ByteStream>) | string;

/** A file that is the whole body: text would not say whether it is base64. */
export type FileBody = Exclude<FileInput, string>;

/** A file whose size is known. */
export function asBlob(value: unknown): Blob | undefined {
  if (value instanceof Blob) return value;
  if (value instanceof ArrayBuffer) return new Blob([value]);
  // Copied: a view may be on shared memory, which a Blob cannot take.
  if (ArrayBuffer.isView(value)) {
    return new Blob([new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()]);
  }
  return undefined;
}

export type StreamSource = () => ByteStream | Promise<ByteStream>;

/** How to open a stream, and whether it can be opened again. */
export function asStream(value: unknown): { open: StreamSource; reopens: boolean } | undefined {
  if (isStreamSource(value)) return { open: value, reopens: true };
  return isByteStream(value) ? { open: () => value, reopens: false } : undefined;
}

/** The chunks of a stream in order; leaving early cancels it, and so does the signal, even while a chunk is awaited. */
export async function* chunksOf(stream: ByteStream, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  if (!('getReader' in stream)) {
    yield* stream;
    return;
  }
  // By reader: Safari's streams cannot be iterated.
  const reader = stream.getReader();
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

function isStreamSource(value: unknown): value is StreamSource {
  return typeof value === 'function';
}

function isByteStream(value: unknown): value is ByteStream {
  return (
    typeof value === 'object' && value !== null && ('getReader' in value || Symbol.asyncIterator in value)
  );
}
