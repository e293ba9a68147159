/** What is made of usage rows: roll-ups for reports and invoices. */
export abstract class UsageBooks {
  /**
   * Folds at most so many deltas into roll-ups and ledger. Resolves with how many there were; undefined when another
   * process is at it.
   */
  abstract rollUp(mostDeltas: number): Promise<number | undefined>;
}
