import type { JobEnvelope, JobReply } from '#contracts';

/** Before anything was observed: a short sentence of 60 characters is taken for 3 ms of engine time. */
const priorMsPerUnit = 0.05;
/** Share of a new observation; about the last fifty jobs decide. */
const learningRate = 0.04;

/** Predicts a job's engine time from its billed units, by what jobs of the same task have cost per unit. */
export class JobCostEstimator {
  private readonly msPerUnit = new Map<string, number>();

  predictMs({ task, units, items }: JobEnvelope): number {
    return Math.max(items.length * 0.1, units * (this.msPerUnit.get(task) ?? priorMsPerUnit));
  }

  /** @returns engine milliseconds the job really took */
  observe({ task, units }: JobEnvelope, { outcomes }: JobReply): number {
    const actualMs = outcomes.reduce((sum, { timings }) => sum + timings.computeMs, 0);
    if (units > 0 && actualMs > 0) {
      const known = this.msPerUnit.get(task);
      const observed = actualMs / units;
      this.msPerUnit.set(task, known === undefined ? observed : known + learningRate * (observed - known));
    }
    return actualMs;
  }
}
