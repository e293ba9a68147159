import type { ItemOutcome, JobEnvelope, JobReply, Unit } from '#contracts';
import { AppError, type Clock, type ErrorCode, type TracedWork } from '#kernel';
import { TaskRunner } from '../ports/task-runner.js';
import { UsageLog, type UsageRow } from '../ports/usage-log.js';
import { TimingRecorder } from './timing-recorder.js';

/** The worker's use case: answer every item, meter what was done, and only then reply. */
export class ProcessJob {
  /** Jobs whose items are not all answered. */
  private underWay = 0;

  constructor(
    private readonly runner: TaskRunner,
    private readonly usage: UsageLog,
    private readonly clock: Clock,
    private readonly unitOf: (task: string) => Unit,
    private readonly onFault: (error: unknown, requestId: string) => void,
    /** Dates the rows, where `clock` only measures. */
    private readonly calendar: Clock = clock,
  ) {}

  /**
   * Usage rows are durable when this resolves. Errors of items are outcomes, our own faults as well: one item that breaks
   * its pipeline or its model costs the others nothing, and `onFault` hears why. Where every item met what nobody expected,
   * the first error is thrown, to be logged at the edge like any other.
   * @param trace learns which batches answered the job.
   */
  async execute(envelope: JobEnvelope, signal: AbortSignal, trace?: TracedWork): Promise<JobReply> {
    const queueMs = this.clock.now() - envelope.submittedAt;
    const faults: AppError[] = [];
    this.underWay++;
    const outcomes = await Promise.all(
      envelope.items.map((item, i) =>
        this.answer(
          envelope,
          { item, model: envelope.models?.[i] ?? undefined, queueMs },
          signal,
          trace,
          faults,
        ),
      ),
    ).finally(() => this.underWay--);
    // Handed back, to be run elsewhere: a row written now would be the one that counts.
    if (signal.aborted) rethrowDraining(signal.reason);
    const unexpected = faults.filter(({ code }) => code === 'internal');
    const [first] = unexpected;
    if (first !== undefined && unexpected.length === outcomes.length) throw first;
    for (const fault of faults) this.onFault(fault, envelope.requestId);
    await this.usage.record(this.meter(envelope, outcomes, signal), this.underWay);
    return { version: 1, requestId: envelope.requestId, outcomes };
  }

  private async answer(
    envelope: JobEnvelope,
    { item, model, queueMs }: { item: unknown; model: string | undefined; queueMs: number },
    signal: AbortSignal,
    trace: TracedWork | undefined,
    faults: AppError[],
  ): Promise<ItemOutcome> {
    const { tenantId, weight, deadlineAt } = envelope;
    const timings = new TimingRecorder(queueMs);
    try {
      const result = await this.runner.run(envelope.task, item, {
        tenantId,
        model,
        weight,
        deadlineAt,
        signal,
        timings,
        trace,
      });
      return { ok: true, ...result, timings: timings.finish() };
    } catch (error) {
      const ended = whyItEnded(error, signal);
      const { code, facts } = ended;
      if (code === 'internal' || code === 'engine.failed') faults.push(ended);
      return { ok: false, error: { code, facts: { ...facts } }, timings: timings.finish() };
    }
  }

  /**
   * Billed are items that were answered for a caller who was still there. Items that failed, or whose caller had
   * gone, are rows of 0 units: their engine time is shown, never charged. Work that used no engine leaves no row.
   */
  private meter(envelope: JobEnvelope, outcomes: readonly ItemOutcome[], signal: AbortSignal): UsageRow[] {
    const at = new Date(this.calendar.now());
    const unit = this.unitOf(envelope.task);
    return outcomes.flatMap((outcome, item) => {
      if (!outcome.ok && outcome.timings.computeMs === 0) return [];
      const told = outcome.ok ? 'ok' : outcome.error.code;
      const status = signal.aborted && outcome.ok ? whyNobodyWaits(signal) : told;
      const { computeMs, paddingMs, queueMs, inferenceMs } = outcome.timings;
      const { requestId, tenantId, keyId, task } = envelope;
      const model = outcome.ok ? outcome.model : '';
      const amount = outcome.ok && status === 'ok' ? outcome.units : 0;
      return [
        {
          tenantId,
          requestId,
          item,
          keyId,
          task,
          model,
          unit,
          amount,
          status,
          computeMs,
          paddingMs,
          queueMs,
          inferenceMs,
          at,
        },
      ];
    });
  }
}

/** Engines see only that they were told to stop. Why is the queue's to say: a caller who still waits did not go away. */
function whyItEnded(error: unknown, { reason }: AbortSignal): AppError {
  const ended = AppError.from(error);
  return ended.code === 'request.cancelled' && reason instanceof AppError ? reason : ended;
}

/** The deadline, where the queue says so; else the caller went away. */
function whyNobodyWaits({ reason }: AbortSignal): ErrorCode {
  return reason instanceof AppError ? reason.code : 'request.cancelled';
}

function rethrowDraining(reason: unknown): void {
  const error = AppError.from(reason);
  if (error.code === 'service.draining') throw error;
}
