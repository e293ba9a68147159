import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { usageQuery, type UsageReport } from '#contracts';
import { ReportUsage } from '#core';
import { csvMediaType, parseInput, prefersCsv, splitLists, usageCsv } from '#transport';
import { principalOf } from '../admission/key.guard.js';

const strictUsageQuery = usageQuery.strict();

/** What the tenant of this key used. */
@Controller('/v1')
export class UsageController {
  constructor(private readonly report: ReportUsage) {}

  /** As CSV there is no place for `nextCursor` in the body: the next page is a link of the head (RFC 8288). */
  @Get('usage')
  async usage(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() query: Record<string, unknown>,
  ): Promise<UsageReport | string> {
    const parsed = parseInput(strictUsageQuery, splitLists(query, 'groupBy'));
    const report = await this.report.execute(principalOf(request), parsed);
    void reply.header('Vary', 'Accept');
    if (!prefersCsv(request.headers.accept)) return report;
    if (report.nextCursor !== undefined) {
      const next = new URL(request.url, 'http://host');
      next.searchParams.set('cursor', report.nextCursor);
      void reply.header('Link', `<${next.pathname}${next.search}>; rel="next"`);
    }
    void reply.type(csvMediaType);
    return usageCsv(report.usage, parsed.groupBy);
  }
}
