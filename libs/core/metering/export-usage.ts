import { z } from 'zod';
import { readCursor, writeCursor } from '../page-cursor.js';
import { UsageBooks, type UsageRowPlace } from '../ports/usage-books.js';
import type { UsageRow } from '../ports/usage-log.js';
import { dayMs } from './month.js';

/** Events of one page: what an export holds in memory. */
const eventsPerPage = 1_000;

const place = z.strictObject({
  at: z.iso.datetime().transform((text) => new Date(text)),
  requestId: z.string(),
  item: z.int(),
  status: z.string(),
});

/** A usage row as a CloudEvent 1.0 in structured mode. */
export interface UsageEvent {
  specversion: '1.0';
  type: 'inferway.usage';
  source: 'inferway';
  /** The same for the same row, whenever it is exported: what a receiver drops duplicates by. */
  id: string;
  /** The tenant. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  data: Omit<UsageRow, 'tenantId' | 'at'>;
}

export interface UsageEventPage {
  events: UsageEvent[];
  nextCursor?: string;
}

/** Usage rows of a tenant from the first to the last UTC day inclusive, page by page in the order of time. */
export class ExportUsage {
  constructor(private readonly books: UsageBooks) {}

  tenants(): Promise<string[]> {
    return this.books.tenants();
  }

  /** @throws AppError `request.invalid` for a foreign cursor */
  async page(tenantId: string, from: Date, to: Date, cursor?: string): Promise<UsageEventPage> {
    const after = cursor === undefined ? undefined : readCursor(place, cursor);
    const until = new Date(to.getTime() + dayMs);
    const rows = await this.books.rows(tenantId, {
      from,
      until,
      limit: eventsPerPage,
      ...(after && { after }),
    });
    const last = rows.at(-1);
    const isFull = last !== undefined && rows.length === eventsPerPage;
    return { events: rows.map(toUsageEvent), ...(isFull && { nextCursor: writeCursor(placeOf(last)) }) };
  }
}

export function toUsageEvent({ tenantId, at, ...data }: UsageRow): UsageEvent {
  return {
    ...{ specversion: '1.0', type: 'inferway.usage', source: 'inferway' },
    id: `${tenantId}/${data.requestId}/${data.item}/${data.status}`,
    subject: tenantId,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}

function placeOf({ at, requestId, item, status }: UsageRow): UsageRowPlace {
  return { at, requestId, item, status };
}
