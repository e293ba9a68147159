import { errorCatalogue, type ErrorCode } from './error.catalogue.js';

/** One thing wrong with a request body; `path` is a JSON path such as `text[3]` ('' = the whole body). */
export interface Issue {
  path: string;
  message: string;
}

/** What a caller may read beside the code: never secrets, payloads or internals. */
export interface PublicFacts {
  detail?: string;
  issues?: readonly Issue[];
  /** Which limit was met, its value and unit. */
  limit?: { name: string; value: number; unit: string };
  /** When trying again makes sense, in seconds. */
  retryAfterS?: number;
  /** Valid values where the given one was not (e.g. the supported language pairs). */
  supported?: readonly string[];
}

/**
 * The one error type that crosses rooms: a catalogue code, public facts for the caller, internal facts for the
 * log, and the cause. Adapters turn library errors into codes; whatever is not an `AppError` at the edge becomes
 * `internal` and is logged once, there.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly facts: PublicFacts;
  readonly internal: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    facts: PublicFacts = {},
    options: { cause?: unknown; internal?: Record<string, unknown> } = {},
  ) {
    super(facts.detail ?? errorCatalogue[code].title, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.facts = facts;
    this.internal = options.internal ?? {};
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }

  /** The error itself if it is ours, `internal` around it otherwise. */
  static from(error: unknown): AppError {
    return error instanceof AppError ? error : new AppError('internal', {}, { cause: error });
  }
}
