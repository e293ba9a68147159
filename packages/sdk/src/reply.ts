import type { Problem } from './generated.js';
import { InferwayError, isErrorCode, type InferwayErrorFacts } from './inferway.error.js';
import type { ReplyFacts } from './operation.js';
import { readRetryAfterS } from './retry-after.js';

/**
 * The reply of a call, whose fields are taken on trust: the contracts that made the type made the server too.
 * @throws InferwayError what the server refused, or `reply.unexpected`
 */
export async function readReply(response: Response, nowMs: number): Promise<object & ReplyFacts> {
  const text = await response.text();
  const body = text === '' ? {} : parse(text);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (response.ok && body !== undefined) {
    const serverTiming = readServerTiming(response.headers.get('server-timing') ?? '');
    return { requestId: requestId ?? '', ...body, serverTiming };
  }
  throw readError(response, body ?? {}, requestId, nowMs);
}

function readError(
  response: Response,
  body: Fields,
  requestId: string | undefined,
  nowMs: number,
): InferwayError {
  const { status, statusText, headers } = response;
  const code = isErrorCode(body['code']) ? body['code'] : 'reply.unexpected';
  const known = typeof body['retryable'] === 'boolean' ? body['retryable'] : undefined;
  const facts: InferwayErrorFacts = {
    status,
    requestId: textOf(body['requestId']) ?? requestId,
    retryable: known ?? passing(status),
    issues: listOf(body['issues'], isIssue),
    limit: isLimit(body['limit']) ? body['limit'] : undefined,
    // The body knows fractions, which the header does not.
    retryAfterS: numberOf(body['retryAfterS']) ?? readRetryAfterS(headers, nowMs),
    supported: listOf(body['supported'], isText),
  };
  const named = [textOf(body['code']), textOf(body['title']), textOf(body['detail'])];
  const words = named.slice(code === 'reply.unexpected' ? 0 : 1).filter((each) => each !== undefined);
  const detail = words.length > 0 ? words.join(': ') : `The server answered ${status} ${statusText}`.trim();
  return new InferwayError(code, detail, facts);
}

/** Statuses by which a proxy says that it may be better later. */
function passing(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

/** `queue;dur=0.1, batch;dur=2` → `{ queue: 0.1, batch: 2 }` */
function readServerTiming(header: string): Record<string, number> {
  const found = header.matchAll(/([^\s,;]+)[^,]*?;\s*dur=([0-9.]+)/g);
  return Object.fromEntries([...found].map(([, name = '', value]) => [name, Number(value)]));
}

type Fields = Record<string, unknown>;

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isIssue(value: unknown): value is NonNullable<Problem['issues']>[number] {
  return isFields(value) && isText(value['path']) && isText(value['message']);
}

function isLimit(value: unknown): value is NonNullable<Problem['limit']> {
  if (!isFields(value) || typeof value['value'] !== 'number') return false;
  return isText(value['name']) && isText(value['unit']);
}

function listOf<T>(value: unknown, is: (each: unknown) => each is T): T[] | undefined {
  return Array.isArray(value) ? value.filter((each: unknown) => is(each)) : undefined;
}

function textOf(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
