import { CallSignal } from './call-signal.js';
import type { Clock } from './clock.js';
import { InferwayError } from './inferway.error.js';
import type { CallOptions, Operation, ReplyFacts } from './operation.js';
import { prepareRequest, type Destination, type PreparedRequest } from './prepared-request.js';
import { readReply } from './reply.js';
import type { RetryPolicy } from './retry.policy.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface CallSettings extends Destination {
  deadlineMs: number;
  fetch: Fetch;
  clock: Clock;
  policy: RetryPolicy;
}

/**
 * One call: attempts and the pauses between them, within one deadline. A pause that the deadline does not leave room
 * for is not begun: the caller gets the error that asked for it at once.
 * @throws InferwayError; the reason of the caller's signal; what a given stream failed with
 */
export async function performCall(
  settings: CallSettings,
  operation: Operation,
  input: object,
  options: CallOptions,
): Promise<object & ReplyFacts> {
  const { clock, policy } = settings;
  const deadlineMs = options.deadlineMs ?? settings.deadlineMs;
  if (!(deadlineMs > 0 && Number.isFinite(deadlineMs))) throw new RangeError('deadlineMs must be above 0');
  const request = prepareRequest(settings, operation, input, options);
  const deadlineAt = clock.now() + deadlineMs;
  const call = new CallSignal(options.signal, deadlineMs);
  try {
    for (let attempt = 1; ; attempt++) {
      call.signal.throwIfAborted();
      const leftMs = Math.max(1, Math.ceil(deadlineAt - clock.now()));
      if (operation.deadline) request.headers.set('x-deadline-ms', String(leftMs));
      const outcome = await attemptOnce(settings, operation, request, call);
      if (!(outcome instanceof InferwayError)) return outcome;
      const repeatable = request.body?.repeatable ?? true;
      const { idempotent } = request;
      const pauseMs = repeatable ? policy.pauseMs({ error: outcome, attempt, idempotent }) : undefined;
      if (pauseMs === undefined || clock.now() + pauseMs >= deadlineAt) throw outcome;
      await clock.sleep(pauseMs, call.signal);
    }
  } finally {
    call.close();
  }
}

/** The reply, or what went wrong on the way; an aborted attempt throws. */
async function attemptOnce(
  { fetch, clock }: CallSettings,
  { method }: Operation,
  { url, headers, body }: PreparedRequest,
  call: CallSignal,
): Promise<(object & ReplyFacts) | InferwayError> {
  const { signal } = call;
  const opened = await body?.open(call);
  signal.throwIfAborted();
  if (opened?.contentType !== undefined) headers.set('content-type', opened.contentType);
  const init: RequestInit & { duplex?: 'half' } = {
    method,
    headers,
    signal,
    redirect: 'manual', // a redirected POST would become a GET
    ...(opened !== undefined && { body: opened.content }),
    ...(opened?.streamed && { duplex: 'half' }),
  };
  try {
    return await readReply(await fetch(url, init), clock.now());
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof InferwayError) return error;
    return new InferwayError('network.failed', reasonOf(error), { retryable: true }, { cause: error });
  }
}

/** Runtimes say `fetch failed` and keep why in the cause; where several addresses failed, in its code only. */
function reasonOf(error: unknown): string {
  const { cause } = shapeOf(error);
  const words = [shapeOf(cause).message, shapeOf(cause).code, shapeOf(error).message];
  return words.find((text): text is string => typeof text === 'string' && text !== '') ?? String(error);
}

/** Not by class: an error from another realm is no `instanceof` ours. */
function shapeOf(error: unknown): { cause?: unknown; message?: unknown; code?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
