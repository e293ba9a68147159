import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#kernel';

export interface GroupCommitOptions {
  /** Most rows waiting or in flight; beyond it `add` refuses. */
  maxPendingRows: number;
  /** Most rows of one commit, so that none waits long for those it shares it with. */
  maxCommitRows: number;
  /**
   * Time from the start of one commit to the next for each call still to come: the busier, the more rows share a
   * commit, and a call that is alone never waits.
   */
  gatherMsPerCall: number;
  /** Bound of that time. */
  maxGatherMs: number;
  /** How long the rows of one call are tried again through an outage. */
  retryForMs: number;
}

/** Writes all rows in one transaction; writing a row twice must do no harm. */
export type Commit<Row> = (rows: readonly Row[]) => Promise<void>;

interface Waiting<Row> {
  rows: readonly Row[];
  giveUpAt: number;
  /** Commit it by itself: some call of its group holds data that the database refuses. */
  alone: boolean;
  resolve: (value: undefined) => void;
  reject: (error: unknown) => void;
}

const firstBackoffMs = 50;
const longestBackoffMs = 1_000;

/**
 * Commits the rows of concurrent calls together. One commit is in flight; the next takes all that gathered. Nothing is
 * dropped: a call resolves when its rows are durable and rejects when they are not, within `retryForMs` and a commit.
 */
export class GroupCommit<Row> {
  private readonly waiting: Waiting<Row>[] = [];
  private pending = 0;
  private running = false;
  private lastCommitAt = -Infinity;
  private callsToCome = 0;
  private stopGathering: (() => void) | undefined;

  constructor(
    private readonly commit: Commit<Row>,
    private readonly isOutage: (error: unknown) => boolean,
    private readonly options: GroupCommitOptions,
  ) {}

  /** Rows that wait or are in flight. */
  get pendingRows(): number {
    return this.pending;
  }

  /**
   * @param callsToCome how many others are expected soon: the commit may wait for them
   * @throws AppError `overloaded` when the bound is reached or an outage outlasts `retryForMs`
   */
  async add(rows: readonly Row[], callsToCome = 0): Promise<void> {
    this.callsToCome = callsToCome;
    if (callsToCome === 0) this.stopGathering?.();
    if (rows.length === 0) return;
    const { maxPendingRows, retryForMs } = this.options;
    if (this.pending + rows.length > maxPendingRows) {
      const limit = { name: 'usage rows waiting to be written', value: maxPendingRows, unit: 'rows' };
      throw new AppError('overloaded', { limit, retryAfterS: 1 });
    }
    this.pending += rows.length;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.waiting.push({ rows, giveUpAt: performance.now() + retryForMs, alone: false, resolve, reject });
    if (!this.running) {
      this.running = true;
      // After this turn of the event loop: the items of one batch finish in the same turn.
      setImmediate(() => void this.run());
    }
    await promise.finally(() => (this.pending -= rows.length));
  }

  /** Ends when nothing waits; every waiting call leaves by success, refusal of its data, or its deadline. */
  private async run(): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (this.waiting.length > 0) {
      await this.gather();
      this.lastCommitAt = performance.now();
      const group = this.takeGroup();
      const failure = await this.commit(group.flatMap(({ rows }) => rows)).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (failure !== undefined && this.isOutage(failure.error)) {
        this.keepForLater(group, failure.error);
        await delay(backoffMs);
        backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
      } else {
        this.settle(group, failure);
        backoffMs = firstBackoffMs;
      }
    }
    this.running = false;
  }

  /** Waits for calls to come, if there are any. */
  private async gather(): Promise<void> {
    const { gatherMsPerCall, maxGatherMs } = this.options;
    const intervalMs = Math.min(maxGatherMs, gatherMsPerCall * this.callsToCome);
    const spareMs = this.lastCommitAt + intervalMs - performance.now();
    if (spareMs <= 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => resolve(undefined), spareMs);
    this.stopGathering = () => resolve(undefined);
    await promise;
    clearTimeout(timer);
    this.stopGathering = undefined;
  }

  private takeGroup(): Waiting<Row>[] {
    if (this.waiting[0]?.alone === true) return this.waiting.splice(0, 1);
    let rows = 0;
    const end = this.waiting.findIndex((call) => (rows += call.rows.length) > this.options.maxCommitRows);
    return this.waiting.splice(0, end === -1 ? this.waiting.length : Math.max(1, end));
  }

  /** A refused call must not take the others of its group along: they are tried again one by one. */
  private settle(group: readonly Waiting<Row>[], refusal: { error: unknown } | undefined): void {
    if (refusal === undefined) for (const call of group) call.resolve(undefined);
    else if (group.length === 1) group[0]?.reject(AppError.from(refusal.error));
    else this.waiting.unshift(...group.map((call) => ({ ...call, alone: true })));
  }

  private keepForLater(group: readonly Waiting<Row>[], outage: unknown): void {
    const now = performance.now();
    const facts = { detail: 'Usage could not be written', retryAfterS: 5 };
    for (const call of group) {
      if (call.giveUpAt <= now) call.reject(new AppError('overloaded', facts, { cause: outage }));
    }
    this.waiting.unshift(...group.filter((call) => call.giveUpAt > now));
  }
}
