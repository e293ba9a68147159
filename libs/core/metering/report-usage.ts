import type { UsageBucket, UsageQuery } from '#contracts';
import { AppError, type Clock, type Principal } from '#kernel';
import { UsageLog } from '../ports/usage-log.js';

const dayMs = 86_400_000;
const defaultDays = 30;
const maxDays = 366;

/** What a tenant used, by UTC day and task. */
export class ReportUsage {
  constructor(
    private readonly usage: UsageLog,
    private readonly clock: Clock,
  ) {}

  async execute(principal: Principal, query: UsageQuery): Promise<UsageBucket[]> {
    const to = query.to === undefined ? startOfDay(this.clock.now()) : new Date(query.to);
    const from =
      query.from === undefined ? new Date(to.getTime() - defaultDays * dayMs) : new Date(query.from);
    const days = (to.getTime() - from.getTime()) / dayMs;
    if (days < 0 || days > maxDays) {
      const message = days < 0 ? 'must not be after `to`' : `must be at most ${maxDays} days before \`to\``;
      throw new AppError('request.invalid', { issues: [{ path: 'from', message }] });
    }
    return this.usage.report(principal.tenantId, {
      from,
      to,
      ...(query.task !== undefined && { task: query.task }),
    });
  }
}

function startOfDay(now: number): Date {
  return new Date(Math.floor(now / dayMs) * dayMs);
}
