/** What an operator does, as it goes into the audit log. */
export interface AuditEvent {
  at: Date;
  /** `key:<id>`, `cli:<user>` or `system`. */
  actor: string;
  /** Such as `key.create`. */
  action: string;
  /** Id of what it is done to. */
  target: string;
  address: string | null;
  requestId: string | null;
  /** Canonical JSON of what was asked for, without secrets. */
  details: string;
}

/** A row of the log: numbered from 1 without gaps, its hash over itself and the hash of the row before. */
export interface AuditRow extends AuditEvent {
  id: number;
  hash: Uint8Array;
}

/** Where the log ends: the id and hash of its last row; 0 and zeros while there is none. */
export interface AuditHead {
  id: number;
  hash: Uint8Array;
}

/** Reads the audit log. Nothing writes to it but the stores, in the transaction of what is logged. */
export abstract class AuditLog {
  /** Newest first. */
  abstract list(page: { limit: number; before?: number }): Promise<AuditRow[]>;
  /** Oldest first, in the order of ids. */
  abstract read(page: { limit: number; after?: number }): Promise<AuditRow[]>;
  /** Undefined where somebody removed it. */
  abstract head(): Promise<AuditHead | undefined>;
}
