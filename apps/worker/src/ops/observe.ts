import type { Unit } from '#contracts';
import type { JobHandler } from '#core';
import type { InferenceObserver } from '#inference';
import type { Clock } from '#kernel';
import type { Telemetry } from '#telemetry';

/** Engine runs and restarts as metrics. */
export function observeInference(telemetry: Telemetry): InferenceObserver {
  return {
    onRun({ model, rows, length, ms, predictedMs, paddingRatio, waitMs }) {
      const tokens = Math.round(rows * length * (1 - paddingRatio));
      telemetry.engineRan({ model, rows, tokens, paddingRatio, observedMs: ms, predictedMs });
      for (const each of waitMs) telemetry.rowTaken({ model, waitMs: each });
    },
    onHostLost: ({ reason }) => telemetry.engineRestarted(reason),
  };
}

/** Waits, outcomes and billed units of the jobs that a handler answers. */
export function observeJobs(
  telemetry: Telemetry,
  clock: Clock,
  unitOf: ReadonlyMap<string, Unit>,
  handler: JobHandler,
): JobHandler {
  return async (envelope, signal) => {
    const { task, submittedAt } = envelope;
    telemetry.jobTaken({ task, waitMs: clock.now() - submittedAt });
    const reply = await handler(envelope, signal);
    const unit = unitOf.get(task) ?? 'characters';
    for (const outcome of reply.outcomes) {
      const { model, amount } = outcome.ok
        ? { model: outcome.model, amount: outcome.units }
        : { model: '', amount: 0 };
      telemetry.itemDone({ task, model, unit, amount, outcome: outcome.ok ? 'ok' : outcome.error.code });
    }
    return reply;
  };
}
