/** A connection that brings nothing for so long is given up. */
const silenceMs = 30_000;

/** More comes than may: without end it would fill the memory, or the disk. */
export class BodyTooLongError extends Error {
  override readonly name = 'BodyTooLongError';
}

/**
 * A reply's bytes as they come, whether it says how many there are or not. Who stops reading ends the connection.
 * @throws BodyTooLongError beyond `maxBytes`, Error when nothing comes any more
 */
export async function* readBody(response: Response, maxBytes: number): AsyncGenerator<Uint8Array> {
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (body === null) return;
  const reader = body.getReader();
  const silence = new AbortController();
  const timer = setTimeout(() => {
    silence.abort(new Error('the connection went silent'));
    void reader.cancel();
  }, silenceMs);
  try {
    for (let room = maxBytes; ;) {
      const { done, value } = await reader.read();
      silence.signal.throwIfAborted();
      if (done) return;
      timer.refresh();
      room -= value.length;
      if (room < 0) throw new BodyTooLongError(`more than ${maxBytes} bytes came`);
      yield value;
    }
  } finally {
    clearTimeout(timer);
    // What broke it is being thrown already.
    await reader.cancel().catch(() => undefined);
  }
}

/** @throws as `readBody` */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(response, maxBytes)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
