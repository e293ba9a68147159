import { z } from 'zod';
import { unit, type UsageBucket, type UsageQuery, type UsageReport } from '#contracts';
import { AppError, type Clock, type Principal } from '#kernel';
import { readCursor, writeCursor } from '../page-cursor.js';
import { dayMs } from './month.js';
import { UsageLog, type UsagePlace } from '../ports/usage-log.js';
import { wholeMicroseconds } from './whole-microseconds.js';

const defaultDays = 30;
const maxDays = 366;

const place = z.strictObject({
  start: z.iso.datetime(),
  task: z.string(),
  unit,
  keyId: z.string().optional(),
  model: z.string().optional(),
  status: z.string().optional(),
});

/** What a tenant used, by hour, day or month in UTC. */
export class ReportUsage {
  constructor(
    private readonly usage: UsageLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AppError `request.invalid` for a range that is too long or runs backwards, for a foreign cursor, and for sums
   *   that no number of JSON holds: rounded ones could not be held against an invoice
   */
  async execute(principal: Principal, query: UsageQuery): Promise<UsageReport> {
    const { task, bucket, groupBy, cursor, limit } = query;
    const found = await this.usage.report(principal.tenantId, {
      ...this.range(query),
      ...{ bucket, groupBy, limit },
      ...(task !== undefined && { task }),
      ...(cursor !== undefined && { after: readCursor(place, cursor) }),
    });
    found.forEach(assertExact);
    const usage = found.map((each) => ({ ...each, computeMs: wholeMicroseconds(each.computeMs) }));
    const last = usage.at(-1);
    const isFull = last !== undefined && usage.length === limit;
    return { usage, ...(isFull && { nextCursor: writeCursor(placeOf(last)) }) };
  }

  private range({ from: first, to: last }: UsageQuery): { from: Date; to: Date } {
    const to = last === undefined ? startOfDay(this.clock.now()) : new Date(last);
    const from = first === undefined ? new Date(to.getTime() - defaultDays * dayMs) : new Date(first);
    const days = (to.getTime() - from.getTime()) / dayMs;
    if (days < 0 || days > maxDays) {
      const message = days < 0 ? 'must not be after `to`' : `must be at most ${maxDays} days before \`to\``;
      throw new AppError('request.invalid', { issues: [{ path: 'from', message }] });
    }
    return { from, to };
  }
}

/** Sums past 2^53 - 1 arrive rounded, as the nearest double, which is never below 2^53. */
function assertExact({ start, amount, items }: UsageBucket): void {
  if (Number.isSafeInteger(amount) && Number.isSafeInteger(items)) return;
  const message = `must be shorter, or split by more of \`groupBy\`: the sum of ${start} is beyond 2^53 - 1`;
  throw new AppError('request.invalid', { issues: [{ path: 'bucket', message }] });
}

function placeOf({ start, task, unit: billed, keyId, model, status }: UsageBucket): UsagePlace {
  return { start, task, unit: billed, keyId, model, status };
}

function startOfDay(now: number): Date {
  return new Date(Math.floor(now / dayMs) * dayMs);
}
