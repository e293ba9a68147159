import { Body, Controller, Delete, Get, Param, Patch, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { planChange, planRequest } from '#contracts';
import { Administration } from '#core';
import type { Plan } from '#kernel';
import { parseInput } from '#transport';
import { operatorOf, type WithRequestId } from './operator-of.js';

const strictRequest = planRequest.strict();
const strictChange = planChange.strict();

/** Plans, for operators. */
@Controller('/v1/admin/plans')
export class PlansController {
  constructor(private readonly administration: Administration) {}

  @Post()
  async create(@Req() request: FastifyRequest, @Body() body: unknown): Promise<WithRequestId<Plan>> {
    const order = parseInput(strictRequest, body);
    const plan = await this.administration.plans.create(operatorOf(request), order);
    return { ...plan, requestId: request.id };
  }

  @Get()
  async list(@Req() request: FastifyRequest): Promise<WithRequestId<{ plans: Plan[] }>> {
    return { plans: await this.administration.plans.list(), requestId: request.id };
  }

  @Get(':id')
  async find(@Req() request: FastifyRequest, @Param('id') id: string): Promise<WithRequestId<Plan>> {
    return { ...(await this.administration.plans.find(id)), requestId: request.id };
  }

  @Patch(':id')
  async change(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<WithRequestId<Plan>> {
    const change = parseInput(strictChange, body);
    const plan = await this.administration.plans.change(operatorOf(request), id, change);
    return { ...plan, requestId: request.id };
  }

  @Delete(':id')
  async remove(
    @Req() request: FastifyRequest,
    @Param('id') id: string,
  ): Promise<WithRequestId<{ id: string }>> {
    await this.administration.plans.remove(operatorOf(request), id);
    return { id, requestId: request.id };
  }
}
