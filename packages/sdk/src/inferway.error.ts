import { errorCodes, type ErrorCode, type Problem } from './generated.js';

/**
 * What the server cannot say. `network.failed`: the connection broke or was refused. `timeout`: the deadline passed
 * here. `reply.unexpected`: not a reply of this API (a proxy's page, say), or a code newer than this SDK.
 */
export type ClientErrorCode = 'network.failed' | 'timeout' | 'reply.unexpected';
export type InferwayErrorCode = ErrorCode | ClientErrorCode;

export interface InferwayErrorFacts {
  /** HTTP status; absent where no reply came. */
  status?: number | undefined;
  /** Names the request in the server's logs. */
  requestId?: string | undefined;
  /** Whether the same call can succeed later, unchanged. */
  retryable: boolean;
  /** What is wrong with the input, each with its JSON path. */
  issues?: Problem['issues'];
  /** The limit that was met. */
  limit?: Problem['limit'];
  /** How long the server asks to wait, in seconds. */
  retryAfterS?: number | undefined;
  /** What would have been accepted. */
  supported?: Problem['supported'];
}

/** Survives two copies of this package in one program, which `instanceof` does not. */
const brand = Symbol.for('@inferway/sdk error');

/** Any failure of a call, but for an aborted one: that rejects with its signal's reason. */
export class InferwayError<Code extends InferwayErrorCode = InferwayErrorCode> extends Error {
  override readonly name = 'InferwayError';
  readonly [brand] = true;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly issues: Problem['issues'];
  readonly limit: Problem['limit'];
  readonly retryAfterS: number | undefined;
  readonly supported: Problem['supported'];

  constructor(
    readonly code: Code,
    detail: string,
    facts: InferwayErrorFacts,
    options?: { cause: unknown },
  ) {
    super(`${code}: ${detail}`, options);
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryable = facts.retryable;
    this.issues = facts.issues;
    this.limit = facts.limit;
    this.retryAfterS = facts.retryAfterS;
    this.supported = facts.supported;
  }
}

/** Whether something caught is an error of this SDK and, where codes are given, has one of them. */
export function isInferwayError<Code extends InferwayErrorCode>(
  error: unknown,
  ...codes: Code[]
): error is InferwayError<Code> {
  if (!(error instanceof Error) || !(brand in error) || !('code' in error)) return false;
  return codes.length === 0 || codes.some((code) => code === error.code);
}

export function isErrorCode(text: unknown): text is ErrorCode {
  return errorCodes.some((code) => code === text);
}
