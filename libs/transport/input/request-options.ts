import { AppError } from '#kernel';
import { invalidInput } from './parse-input.js';

/** What a caller may ask of any inference request, whatever the task: it travels in headers. */
export interface RequestOptions {
  idempotencyKey?: string;
  deadlineMs?: number;
  traceparent?: string;
  tracestate?: string;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const maxIdempotencyKeyLength = 255;
const visibleAscii = /^[\x21-\x7e]+$/;
const positiveInteger = /^[1-9][0-9]{0,14}$/;
/** W3C trace context: an invalid header is ignored, as the recommendation says. */
const traceparentShape = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** What the recommendation asks everyone to pass on; more may be dropped. */
const maxTracestateLength = 512;

/**
 * Reads `Idempotency-Key`, `X-Deadline-Ms` and the trace context. The deadline counts from the arrival of the request's
 * headers: `elapsedMs`, spent receiving and parsing the body, is taken off.
 * @throws AppError `request.invalid`, `deadline.exceeded`
 */
export function readRequestOptions(headers: Headers, elapsedMs: number): RequestOptions {
  const idempotencyKey = headers['idempotency-key'];
  const deadline = headers['x-deadline-ms'];
  return {
    ...(idempotencyKey !== undefined && { idempotencyKey: readIdempotencyKey(idempotencyKey) }),
    ...(deadline !== undefined && { deadlineMs: readDeadlineMs(deadline, elapsedMs) }),
    ...readTraceContext(headers),
  };
}

function readTraceContext({
  traceparent,
  tracestate,
}: Headers): Pick<RequestOptions, 'traceparent' | 'tracestate'> {
  if (typeof traceparent !== 'string' || !traceparentShape.test(traceparent)) return {};
  const passes =
    typeof tracestate === 'string' && tracestate !== '' && tracestate.length <= maxTracestateLength;
  return { traceparent, ...(passes && { tracestate }) };
}

function readIdempotencyKey(value: string | string[]): string {
  if (typeof value === 'string' && value.length <= maxIdempotencyKeyLength && visibleAscii.test(value))
    return value;
  const message = `must be 1 to ${maxIdempotencyKeyLength} visible ASCII characters`;
  throw invalidInput([{ path: 'Idempotency-Key', message }]);
}

function readDeadlineMs(value: string | string[], elapsedMs: number): number {
  if (typeof value !== 'string' || !positiveInteger.test(value)) {
    const message = 'must be a positive whole number of milliseconds';
    throw invalidInput([{ path: 'X-Deadline-Ms', message }]);
  }
  const leftMs = Number(value) - elapsedMs;
  if (leftMs <= 0) throw new AppError('deadline.exceeded', { detail: 'It passed while the request arrived' });
  return leftMs;
}
