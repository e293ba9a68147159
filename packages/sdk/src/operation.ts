/** How an operation travels; one row per operation, generated. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL; `{name}` stands for a field of the input. */
  readonly path: string;
  /** Fields of the input that go into the query. */
  readonly query?: readonly string[];
  /** All other fields go into a body. */
  readonly body?: true;
  /** Fields of the body that may be files. */
  readonly files?: readonly string[];
  /** The body is the field `file` as it is, under this media type. */
  readonly file?: string;
  /** Takes an `Idempotency-Key`. */
  readonly idempotencyKey?: true;
  /** Takes `X-Deadline-Ms`. */
  readonly deadline?: true;
}

/** What may differ from call to call. */
export interface CallOptions {
  /** Aborts the call, also while it waits to try again; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** How long the call may take, every attempt and pause included, in milliseconds. Default: the client's. */
  deadlineMs?: number;
  /**
   * The same key and input give the same reply for 24 hours, computed and billed once. Default: a random key per call,
   * the same for each of its attempts. `false` sends none: then a broken connection is not tried again.
   */
  idempotencyKey?: string | false;
  /** W3C trace context of the caller, passed on. */
  traceparent?: string;
}

/** What every reply has beside its own fields. */
export interface ReplyFacts {
  /** Names this request in the server's logs and usage. */
  readonly requestId: string;
  /** Where the server spent its time, in milliseconds, from `Server-Timing`; empty for a replayed reply. */
  readonly serverTiming: Readonly<Record<string, number>>;
}

export type Reply<T extends object> = T & ReplyFacts;
