import { systemClock, type Clock } from './clock.js';
import { Operations } from './generated.js';
import { canStreamUploads } from './body-stream.js';
import type { CallOptions, Operation, Reply } from './operation.js';
import { performCall, type CallSettings, type Fetch } from './perform-call.js';
import { readApiKey, readBaseUrl } from './read-options.js';
import { RetryPolicy, type RetryOptions } from './retry.policy.js';

export interface InferwayOptions {
  /** `iw_<env>_<id>_<secret>` */
  apiKey: string;
  /** Where the server is, e.g. `http://127.0.0.1:8080`; a path in it is kept. */
  baseUrl: string | URL;
  /** How long a call may take, every attempt and pause included, in milliseconds. Default 60,000. */
  deadlineMs?: number;
  retry?: RetryOptions;
  /** Another `fetch`, e.g. one that goes through a proxy. */
  fetch?: Fetch;
  /** Whether streams are sent while they are read. Default: where the runtime can; browser pages cannot. */
  streamUploads?: boolean;
  /** For tests: the clock that pauses and deadlines go by. */
  clock?: Clock;
  /** For tests: chance, in [0, 1), by which pauses are spread. */
  random?: () => number;
}

const defaultDeadlineMs = 60_000;

/** A client of one server. It holds no connection: make one and share it. Its methods are the API's operations. */
export class Inferway extends Operations {
  /** Private at run time too: it holds the key, which must not reach a log. */
  readonly #settings: CallSettings;

  constructor(options: InferwayOptions) {
    super();
    this.#settings = {
      apiKey: readApiKey(options.apiKey),
      baseUrl: readBaseUrl(options.baseUrl),
      deadlineMs: options.deadlineMs ?? defaultDeadlineMs,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      streamUploads: options.streamUploads ?? canStreamUploads(),
      clock: options.clock ?? systemClock,
      policy: new RetryPolicy(options.retry ?? {}, options.random ?? Math.random),
    };
  }

  protected async call<T extends object>(
    operation: Operation,
    input: object,
    options: CallOptions = {},
  ): Promise<Reply<T>> {
    return (await performCall(this.#settings, operation, input, options)) as Reply<T>;
  }
}
