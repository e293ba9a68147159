import { createHash } from 'node:crypto';
import type { AuditEvent, AuditHead, AuditRow } from '../ports/audit-log.js';

/** What is wrong with the log, and the first row where it shows. */
export interface AuditFault {
  id: number;
  problem: 'missing' | 'altered';
}

/** JSON with the keys of every object in order: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner) && !(inner instanceof Date)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** SHA-256 over the hash of the row before and this row's canonical form: a JSON array of its fields in fixed order. */
export function auditHash(previous: Uint8Array, id: number, event: AuditEvent): Uint8Array {
  const { at, actor, action, target, address, requestId, details } = event;
  const row = JSON.stringify([id, at.toISOString(), actor, action, target, address, requestId, details]);
  return createHash('sha256').update(previous).update(row).digest();
}

/**
 * Walks the chain page by page from its beginning. A row that was changed, or put in another's place, is `altered`; one
 * that is not there is `missing`, and so is the first of those that were cut off at the end.
 */
export class AuditChain {
  private last: AuditHead = { id: 0, hash: new Uint8Array(32) };

  get end(): AuditHead {
    return this.last;
  }

  /** The first fault of these rows, which must follow on those before. */
  add(rows: readonly AuditRow[]): AuditFault | undefined {
    for (const row of rows) {
      const id = this.last.id + 1;
      if (row.id !== id) return { id, problem: 'missing' };
      if (!equal(row.hash, auditHash(this.last.hash, id, row))) return { id, problem: 'altered' };
      this.last = { id, hash: row.hash };
    }
    return undefined;
  }

  /** Whether the log ends where its head says. */
  close(head: AuditHead): AuditFault | undefined {
    if (this.last.id !== head.id) return { id: this.last.id + 1, problem: 'missing' };
    return equal(this.last.hash, head.hash) ? undefined : { id: head.id, problem: 'altered' };
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
