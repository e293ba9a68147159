import { z } from 'zod';
import type { AuditView, PageQuery } from '#contracts';
import { AuditLog, type AuditHead, type AuditRow } from '../ports/audit-log.js';
import { readCursor, writeCursor } from '../page-cursor.js';
import { AuditChain, type AuditFault } from './audit-chain.js';

const place = z.object({ id: z.int().min(1) });
const pageRows = 1_000;
/** Nothing says any more where the log ended: what came behind its last row is missing. */
const removedHead: AuditHead = { id: Number.MAX_SAFE_INTEGER, hash: new Uint8Array() };

export interface AuditVerdict {
  /** Rows that were checked and are as they were written. */
  rows: number;
  /** Hash of the last of them, in hex: noted elsewhere, it shows later that the log was not written anew. */
  hash: string;
  fault?: AuditFault;
}

/** What operators did, and whether the log of it is whole. */
export class BrowseAudit {
  constructor(private readonly log: AuditLog) {}

  /** Newest first. @throws AppError `request.invalid` for a foreign cursor */
  async list({ cursor, limit }: PageQuery): Promise<{ entries: AuditView[]; nextCursor?: string }> {
    const before = cursor === undefined ? undefined : readCursor(place, cursor).id;
    const rows = await this.log.list({ limit, ...(before !== undefined && { before }) });
    const last = rows.at(-1);
    return {
      entries: rows.map(toAuditView),
      ...(last !== undefined && last.id > 1 && { nextCursor: writeCursor({ id: last.id }) }),
    };
  }

  /** Checks every row up to the end that the log had when this began; what is added meanwhile is left for the next time. */
  async verify(): Promise<AuditVerdict> {
    const head = (await this.log.head()) ?? removedHead;
    const chain = new AuditChain();
    let fault = await this.beforeFirst();
    while (fault === undefined && chain.end.id < head.id) {
      const after = chain.end.id;
      const rows = await this.log.read({ after, limit: Math.min(pageRows, head.id - after) });
      // Where one is missing, ids run past the head.
      fault = chain.add(rows.filter(({ id }) => id <= head.id));
      if (chain.end.id === after) break;
    }
    fault ??= chain.close(head) ?? (await this.beyond(head.id));
    const { id, hash } = chain.end;
    return { rows: id, hash: Buffer.from(hash).toString('hex'), ...(fault !== undefined && { fault }) };
  }

  /** Ids begin at 1: a row before that was not written by this program. */
  private async beforeFirst(): Promise<AuditFault | undefined> {
    const [row] = await this.log.read({ limit: 1 });
    return row === undefined || row.id >= 1 ? undefined : { id: row.id, problem: 'altered' };
  }

  /** A row past the head that the head does not know by now was not written by this program. */
  private async beyond(id: number): Promise<AuditFault | undefined> {
    const [row] = await this.log.read({ after: id, limit: 1 });
    if (row === undefined || ((await this.log.head())?.id ?? 0) >= row.id) return undefined;
    return { id: row.id, problem: 'altered' };
  }
}

function toAuditView({ at, details, hash, ...same }: AuditRow): AuditView {
  const parsed = z.record(z.string(), z.unknown()).parse(JSON.parse(details));
  return { ...same, at: at.toISOString(), details: parsed, hash: Buffer.from(hash).toString('hex') };
}
