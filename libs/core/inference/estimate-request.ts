import type { z } from 'zod';
import type { TaskContract } from '#contracts';
import { newId, type Clock, type Principal } from '#kernel';
import { costAtMost, type PriceBook } from '../metering/price-book.js';
import type { Admission, Estimate } from '../ports/admission.js';

/** What a request would cost, at most, and whether it would be admitted now. */
export interface RequestEstimate extends Estimate {
  items: number;
  units: number;
  /** Millionths; absent where the task has no price. */
  cost?: { micros: number; currency: string };
}

/** Answers what a request would cost, by the arithmetic that holds and bills it; takes nothing. */
export class EstimateRequest {
  constructor(
    private readonly admission: Admission,
    private readonly prices: PriceBook,
    private readonly clock: Clock,
  ) {}

  /** @param parsed by the task's contract */
  async execute(principal: Principal, task: TaskContract, parsed: unknown): Promise<RequestEstimate> {
    const { items } = task.split(parsed as z.output<typeof task.input>);
    const units = items.reduce<number>((sum, item) => sum + task.amount(item), 0);
    const demand = { id: newId('req'), task: task.id, items: items.length, units };
    const [estimate, prices] = await Promise.all([
      this.admission.estimate(principal, demand),
      this.prices.current(),
    ]);
    const cost = costAtMost(prices, { task: task.id, amount: units }, new Date(this.clock.now()));
    return { ...estimate, items: items.length, units, ...(cost && { cost }) };
  }
}
