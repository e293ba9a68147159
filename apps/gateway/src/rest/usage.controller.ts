import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { usageQuery, type Invoice, type UsageReport } from '#contracts';
import { IssueInvoices, ReportUsage } from '#core';
import { csvMediaType, invoiceArgs, parseInput, prefersCsv, splitLists, usageCsv } from '#transport';
import { principalOf } from '../admission/key.guard.js';

const strictUsageQuery = usageQuery.strict();

/** What the tenant of this key used, and what it costs. */
@Controller('/v1')
export class UsageController {
  constructor(
    private readonly report: ReportUsage,
    private readonly invoices: IssueInvoices,
  ) {}

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

  @Get('invoices/:month')
  async invoice(
    @Req() request: FastifyRequest,
    @Param('month') text: string,
  ): Promise<Invoice & { requestId: string }> {
    const { month } = parseInput(invoiceArgs, { month: text });
    const invoice = await this.invoices.execute(principalOf(request).tenantId, month);
    return { ...invoice, requestId: request.id };
  }
}
