import { headerLengthField, readRetryAfterMs, type SpanReference } from '#kernel';
import type { InferMessage } from './infer-message.js';
import { modelMetadata, refusal, type ModelMetadata } from './open-inference.messages.js';

/** The server cannot be reached, or takes no work now; another attempt may be answered. */
export class ServerAwayError extends Error {
  override readonly name = 'ServerAwayError';
}

/** The server has too much to do, and said when it will have less. It has computed nothing. */
export class ServerRestsError extends ServerAwayError {
  constructor(
    message: string,
    readonly restMs: number,
  ) {
    super(message);
  }
}

/** Replies that speak of the server, or of what stands before it, and not of the request. */
const awayStatuses = [401, 403, 404, 408, 425, 429, 502, 503, 504];
/** Those of them that may say when to come again. */
const restStatuses = [429, 503];
/** At once would be no rest, and a reply that says so over and over a storm. */
const minRestMs = 100;
const maxTextBytes = 1_000_000;

/** A server that speaks the Open Inference Protocol, version 2, over HTTP; connections are kept and used again. */
export class OpenInferenceClient {
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * @param server its address without `/v2`
   * @param headers sent with every request, and shown to nobody else
   */
  constructor(
    readonly server: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#headers = headers;
  }

  /** Why the server or one of its models takes no work; undefined when all do. */
  async notReady(models: readonly string[], signal: AbortSignal): Promise<string | undefined> {
    for (const path of ['/v2/health', ...models]) {
      const reason = await this.#ask(`${path}/ready`, signal).then(
        ({ status }) => (status === 200 ? undefined : `${path}/ready answers ${status}`),
        (error: unknown) => reachError(error),
      );
      if (reason !== undefined) return `${this.server}: ${reason}`;
    }
    return undefined;
  }

  /** @param model its path, `/v2/models/NAME` and perhaps `/versions/V`. @throws Error naming what is wrong */
  async describe(model: string, signal: AbortSignal): Promise<ModelMetadata> {
    const { status, body } = await this.#ask(model, signal);
    if (status !== 200) throw new Error(`${model} answers ${status}: ${this.#textOf(body)}`);
    const parsed = modelMetadata.safeParse(JSON.parse(Buffer.from(body).toString()));
    if (!parsed.success) throw new Error(`${model} answers no metadata of this protocol`);
    return parsed.data;
  }

  /**
   * @throws ServerRestsError when it may be answered after a while that the server names
   * @throws ServerAwayError when the request may be answered later or elsewhere
   * @throws Error when the server refuses it, or answers more than `maxBytes`
   */
  async infer(
    model: string,
    { headerLength, body }: InferMessage,
    { maxBytes, signal, trace }: { maxBytes: number; signal: AbortSignal; trace?: SpanReference | undefined },
  ): Promise<InferMessage> {
    const headers = {
      'content-type': 'application/octet-stream',
      // fetch would ask for gzip, and both sides would spend more on it than the network does on tensors.
      'accept-encoding': 'identity',
      [headerLengthField]: String(headerLength),
      ...(trace !== undefined && { traceparent: traceparentOf(trace) }),
    };
    const request = { method: 'POST', headers, body, signal };
    const reply = await this.#fetch(`${model}/infer`, request, maxBytes).catch((error: unknown) => {
      throw signal.aborted || error instanceof TooLongError
        ? error
        : new ServerAwayError(`${this.server}: ${reachError(error)}`);
    });
    if (reply.status === 200) return { headerLength: reply.headerLength, body: reply.body };
    const reason = `${this.server}${model} answers ${reply.status}: ${this.#textOf(reply.body)}`;
    if (reply.restMs !== undefined) throw new ServerRestsError(reason, reply.restMs);
    throw awayStatuses.includes(reply.status) ? new ServerAwayError(reason) : new Error(reason);
  }

  #ask(path: string, signal: AbortSignal): Promise<Reply> {
    return this.#fetch(path, { signal }, maxTextBytes);
  }

  async #fetch(path: string, request: RequestInit, maxBytes: number): Promise<Reply> {
    // Theirs last: nobody else's may stand in for them. A redirect would carry them to another server.
    const headers = { ...Object.fromEntries(new Headers(request.headers)), ...this.#headers };
    const response = await fetch(this.server + path, { ...request, headers, redirect: 'error' });
    const body = await readBounded(response, maxBytes);
    const headerLength = Number(response.headers.get(headerLengthField) ?? body.length);
    return { status: response.status, headerLength, body, restMs: restMsOf(response) };
  }

  /** What a server says, without what it was told in confidence: some repeat the headers of what they refuse. */
  #textOf(body: Uint8Array): string {
    const secrets = Object.values(this.#headers).flatMap((value) => [
      value,
      value.split(' ').at(-1) ?? value,
    ]);
    return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), textOf(body));
  }
}

interface Reply extends InferMessage {
  status: number;
  /** How long it asks to be left alone. */
  restMs: number | undefined;
}

class TooLongError extends Error {}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const stream: AsyncIterable<Uint8Array> = response.body;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLongError(`a reply has more than the ${maxBytes} bytes it may have`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, 500)).toString().trim();
  try {
    return refusal.parse(JSON.parse(text)).error;
  } catch {
    return text;
  }
}

function restMsOf({ status, headers }: Response): number | undefined {
  const restMs = restStatuses.includes(status) ? readRetryAfterMs(headers, Date.now()) : undefined;
  return restMs === undefined ? undefined : Math.max(minRestMs, restMs);
}

/** W3C Trace Context. */
function traceparentOf({ traceId, spanId, traceFlags }: SpanReference): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** fetch says only that it failed; the cause says why. */
function reachError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
