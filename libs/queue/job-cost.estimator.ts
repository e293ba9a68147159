import type { JobEnvelope, JobReply } from '#contracts';

/**
 * Before anything was observed: a short sentence of 60 characters is taken for 3 ms of engine time, and an item for 3 ms at
 * least. A photo is one unit, as a character is: by units alone hundreds of photos would fit the release window.
 */
const prior = { msPerUnit: 0.05, leastMsPerItem: 3 };
const leastMsPerItem = 0.1;
/** Share of a new observation; about the last fifty jobs decide. */
const learningRate = 0.04;

/** Predicts a job's engine time from its billed units, by what jobs of the same task have cost per unit. */
export class JobCostEstimator {
  private readonly msPerUnit = new Map<string, number>();

  predictMs({ task, units, items }: JobEnvelope): number {
    const known = this.msPerUnit.get(task);
    return known === undefined
      ? Math.max(items.length * prior.leastMsPerItem, units * prior.msPerUnit)
      : Math.max(items.length * leastMsPerItem, units * known);
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
