import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  pageQuery,
  tenantChange,
  tenantRequest,
  type Invoice,
  type TenantErasure,
  type TenantView,
} from '#contracts';
import { Administration, ShowInvoice } from '#core';
import { invoiceArgs, parseInput } from '#transport';
import { operatorOf, type WithRequestId } from './operator-of.js';

const strictPage = pageQuery.strict();
const strictRequest = tenantRequest.strict();
const strictChange = tenantChange.strict();

/** Tenants, for operators. */
@Controller('/v1/admin/tenants')
export class TenantsController {
  constructor(
    private readonly administration: Administration,
    private readonly showInvoice: ShowInvoice,
  ) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Body() body: unknown): Promise<WithRequestId<TenantView>> {
    const order = parseInput(strictRequest, body);
    const tenant = await this.administration.tenants.create(operatorOf(request), order);
    return { ...tenant, requestId: request.id };
  }

  @Get()
  async list(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<WithRequestId<{ tenants: TenantView[]; nextCursor?: string }>> {
    const page = parseInput(strictPage, query);
    return { ...(await this.administration.tenants.list(page)), requestId: request.id };
  }

  @Get(':id')
  async find(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<TenantView>> {
    return { ...(await this.administration.tenants.find(id)), requestId: request.id };
  }

  @Get(':id/invoices/:month')
  async invoice(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Param('month') text: string,
  ): Promise<WithRequestId<Invoice>> {
    const { month } = parseInput(invoiceArgs, { month: text });
    return { ...(await this.showInvoice.execute(id, month)), requestId: request.id };
  }

  @Patch(':id')
  async change(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<WithRequestId<TenantView>> {
    const change = parseInput(strictChange, body);
    const tenant = await this.administration.tenants.change(operatorOf(request), id, change);
    return { ...tenant, requestId: request.id };
  }

  @Post(':id/suspend')
  @HttpCode(200)
  async suspend(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<TenantView>> {
    const tenant = await this.administration.tenants.suspend(operatorOf(request), id);
    return { ...tenant, requestId: request.id };
  }

  @Post(':id/resume')
  @HttpCode(200)
  async resume(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<TenantView>> {
    const tenant = await this.administration.tenants.resume(operatorOf(request), id);
    return { ...tenant, requestId: request.id };
  }

  @Delete(':id')
  async erase(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<WithRequestId<TenantErasure>> {
    const erased = await this.administration.tenants.erase(operatorOf(request), id);
    return { ...erased, requestId: request.id };
  }
}
