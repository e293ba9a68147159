import type { JobEnvelope, JobReply, Unit } from '#contracts';
import { longestTimings, type JobHandler } from '#core';
import type { InferenceObserver } from '#inference';
import { AppError, isErrorCode, type Clock, type TracedWork } from '#kernel';
import type { JobSpan, Logger, Telemetry } from '#telemetry';

/** Engine runs and restarts as metrics, batches as spans; why a host was lost, in the log. */
export function observeInference(telemetry: Telemetry, logger: Logger): InferenceObserver {
  return {
    onBatch: (opening) => telemetry.traces.batch(opening),
    onRun({ model, rows, length, ms, predictedMs, paddingRatio, waitMs }) {
      const tokens = Math.round(rows * length * (1 - paddingRatio));
      telemetry.engineRan({ model, rows, tokens, paddingRatio, observedMs: ms, predictedMs });
      for (const each of waitMs) telemetry.rowTaken({ model, waitMs: each });
    },
    onHostLost(loss) {
      telemetry.engineRestarted(loss.kind);
      logger.warn(loss, 'an engine was lost; its rows run again on another');
    },
    onHostNotStarted: (reason) =>
      logger.warn({ reason }, 'an engine did not get ready; another attempt follows'),
    onCopyLost: (problem) => logger.warn({ problem }, 'some weights are not shared between engine hosts'),
    onHostReplaced: () => telemetry.engineRestarted('memory'),
  };
}

/** What answers a job and tells its trace which batches did. */
export type TracedJobHandler = (
  envelope: JobEnvelope,
  signal: AbortSignal,
  trace?: TracedWork,
) => Promise<JobReply>;

/**
 * Waits, outcomes and billed units of the jobs that a handler answers, and a span for each. The trace continues from
 * the envelope alone: the gateway may be on another machine.
 */
export function observeJobs(
  telemetry: Telemetry,
  clock: Clock,
  unitOf: ReadonlyMap<string, Unit>,
  handler: TracedJobHandler,
): JobHandler {
  return async (envelope, signal) => {
    const { task, submittedAt } = envelope;
    const span = telemetry.traces.job(envelope);
    telemetry.jobTaken({ task, waitMs: clock.now() - submittedAt, span: span?.reference });
    const reply = await handler(envelope, signal, span).catch((error: unknown) => {
      span?.failed(AppError.from(error).code);
      throw error;
    });
    if (span !== undefined) endSpan(span, reply);
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

function endSpan(span: JobSpan, { outcomes }: JobReply): void {
  const models = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.model] : []));
  const codes = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error.code]));
  span.answered({
    ...longestTimings(outcomes),
    model: [...new Set(models)].join(','),
    errors: codes.map((code) => (isErrorCode(code) ? code : 'internal')),
  });
}
