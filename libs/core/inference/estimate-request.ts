import type { z } from 'zod';
import type { PlannedVideo, TaskContract } from '#contracts';
import { newId, type Clock, type Principal } from '#kernel';
import { costAtMost, type PriceBook } from '../metering/price-book.js';
import type { Admission, Estimate, WorkKind } from '../ports/admission.js';
import { frameInput, framesAtMost, tooLong } from '../video/frame-inputs.js';

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
    return this.estimate(principal, { task: task.id, items: items.length, units }, 'request');
  }

  /**
   * A video that is not there yet, as the job that it would be: each frame is billed as the task's example is.
   *
   * @param task looks at the frames.
   */
  async video(principal: Principal, task: TaskContract, video: PlannedVideo): Promise<RequestEstimate> {
    const items = framesAtMost(video);
    const units = items * frameInput(task, task.example).units;
    const estimate = await this.estimate(principal, { task: task.id, items, units }, 'job');
    const refusal = tooLong(items, video.durationS) ?? estimate.refusal;
    return { ...estimate, ...(refusal && { refusal }) };
  }

  private async estimate(
    principal: Principal,
    { task, items, units }: { task: string; items: number; units: number },
    kind: WorkKind,
  ): Promise<RequestEstimate> {
    const [estimate, prices] = await Promise.all([
      this.admission.estimate(principal, { id: newId('req'), task, items, units }, kind),
      this.prices.current(),
    ]);
    const cost = costAtMost(prices, { task, amount: units }, new Date(this.clock.now()));
    return { ...estimate, items, units, ...(cost && { cost }) };
  }
}
