import { Body, Controller, Get, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { newPrice, type PriceView } from '#contracts';
import { ManagePrices } from '#core';
import { parseInput } from '#transport';
import { operatorOf, type WithRequestId } from './operator-of.js';

const strictPrice = newPrice.strict();

/** The price list, for operators. */
@Controller('/v1/admin/prices')
export class PricesController {
  constructor(private readonly prices: ManagePrices) {}

  @Get()
  async list(@Req() request: FastifyRequest): Promise<WithRequestId<{ prices: PriceView[] }>> {
    return { prices: await this.prices.list(), requestId: request.id };
  }

  @Post()
  async set(@Req() request: FastifyRequest, @Body() body: unknown): Promise<WithRequestId<PriceView>> {
    const order = parseInput(strictPrice, body);
    return { ...(await this.prices.set(operatorOf(request), order)), requestId: request.id };
  }
}
