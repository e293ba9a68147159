import type { UsageRow } from './usage-log.js';

/** What one record of usage says of a group, against another. Amounts and counts are whole numbers as text. */
export interface BookSum {
  items: string;
  amount: string;
}

/** Where two records of the same usage differ. */
export interface BookDifference {
  tenantId: string;
  /** Start of the hour, or of the day. */
  hour: Date;
  task: string;
  /**
   * `rows`: the rows are not what was entered in the ledger when they were written. `roll-up`: the roll-up of a key,
   * model, unit and outcome is not what its rows add up to. `day`: the sum of a day is not that of its roll-ups.
   */
  record: 'rows' | 'roll-up' | 'day';
  /** For a roll-up or a day: which. */
  keyId?: string;
  model?: string;
  status?: string;
  /** What it should be: as entered when the rows were written, or, for a roll-up, the sum of the rows. */
  expected: BookSum;
  found: BookSum;
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
  /** First and last moment of what is in the books; undefined when nothing is. */
  abstract span(): Promise<{ from: Date; until: Date } | undefined>;
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
