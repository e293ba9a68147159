import type { UsageRow } from './usage-log.js';

/** What one record of usage says of a group, against another. Amounts and counts are whole numbers as text. */
export interface BookSum {
  items: string;
  amount: string;
}

/** What tells a row from the others of its tenant. */
export type OddRow = Pick<UsageRow, 'requestId' | 'item' | 'status'>;

/** Where two records of the same usage differ. */
export interface BookDifference {
  tenantId: string;
  /** Start of the hour, of the day, or of a dropped month. */
  hour: Date;
  /** '' for a dropped month: all of them. */
  task: string;
  /**
   * `rows`: the rows are not what was entered in the ledger when they were written. `roll-up`: the roll-up of a key,
   * model, unit and outcome is not what its rows add up to. `day`: the sum of a day is not that of its roll-ups. Where rows
   * were dropped, `ledger`: the roll-ups of an hour are not what the ledger says, and `dropped`: what was dropped in a
   * month, with what is left, is not what was entered.
   */
  record: 'rows' | 'roll-up' | 'day' | 'ledger' | 'dropped';
  /** For a roll-up or a day: which. */
  keyId?: string;
  model?: string;
  status?: string;
  /** The row that was altered, is missing or one too many, where it is one and the ledger knows of it. */
  oddRow?: OddRow;
  /** What that row was entered as, where its key was altered. */
  enteredAs?: OddRow;
  /** Whether more than one row must have been altered, or the ledger; undefined where that is not known. */
  several?: boolean;
  /** What it should be: as entered when the rows were written, or, for a roll-up, the sum of the rows. */
  expected: BookSum;
  found: BookSum;
}

/** A month of which rows were dropped. */
export interface DroppedMonth {
  /** `2026-11`, UTC. */
  month: string;
  tenants: number;
  items: number;
}

/** A row's place among those of its tenant. */
export type UsageRowPlace = Pick<UsageRow, 'at' | 'requestId' | 'item' | 'status'>;

/** Usage rows and what is made of them, for all tenants. */
export abstract class UsageBooks {
  /**
   * Folds at most so many deltas into roll-ups and ledger. Resolves with how many there were; undefined when another
   * process is at it.
   */
  abstract rollUp(mostDeltas: number): Promise<number | undefined>;
  /**
   * Drops at most so many rows of a month that is older than the closed months to keep and whose invoice is final.
   * Resolves with how many went; undefined when nothing is left to drop, when another process is at it, and while a month
   * that the clock finds over was not found so by two looks: it may be the clock that is wrong.
   */
  abstract drop(keepMonths: number, mostRows: number): Promise<number | undefined>;
  /** Months of which rows were dropped, oldest first. */
  abstract dropped(): Promise<DroppedMonth[]>;
  /** Compares what was dropped of a month, and what is left of it, with the ledger. */
  abstract compareDropped(month: string, limit: number): Promise<BookDifference[]>;
  /**
   * Months, as `2026-11`, of which there is something in the books, oldest first.
   * @param last the running month by the database's clock, so many less one before it, and all that are later
   */
  abstract months(last?: number): Promise<string[]>;
  /** Every tenant that has been metered. */
  abstract tenants(): Promise<string[]>;
  /** Rows of a tenant in the order of time. */
  abstract rows(
    tenantId: string,
    page: { from: Date; until: Date; after?: UsageRowPlace; limit: number },
  ): Promise<UsageRow[]>;
  /** Compares rows, ledger and roll-ups of some hours. @param limit most differences */
  abstract compare(from: Date, until: Date, limit: number): Promise<BookDifference[]>;
}
